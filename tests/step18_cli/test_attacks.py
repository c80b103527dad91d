"""The danger of step 18: code that runs before anyone has asked for it."""

import os
import subprocess
import sys
from pathlib import Path
from time import monotonic, sleep

import pytest

PATIENCE = 120  # seconds, for a machine that has other things to do

VICTIM = """
from step18_cli import App

guests = ["Ada", "Bob"]
app = App(__name__)

@app.route("/")
def index():
    return "hello"

@app.cli.command("count")
def count():
    print("guests:", len(guests))
"""
# it was for one afternoon, two years ago
LEFT_OVER = "app.run(debug=True, use_reloader=False, port=0)"
# what is called every night
PROGRAM = """
from step18_cli import CommandLine

CommandLine().main()
"""


def told_by(words, *arguments):
    """Run the program until it ends or says one of the words; return all it said."""
    told = Path("told.txt")
    with told.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-u", "nightly.py", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    deadline = monotonic() + PATIENCE
    try:
        while not any(word in told.read_text(encoding="utf-8") for word in words):
            assert monotonic() < deadline, "it neither ends nor serves"
            if process.poll() is not None:
                break
            sleep(0.02)
    finally:
        process.terminate()
        process.wait(PATIENCE)
    return told.read_text(encoding="utf-8")


@pytest.mark.attack
def test_nightly_job_starts_no_debugger(save):
    save("shop.py", f"{VICTIM}\n{LEFT_OVER}")
    save("nightly.py", PROGRAM)

    told = told_by(["Running on", "guests:"], "--app", "shop", "count")

    assert "Running on" not in told, "the attack worked: a debugger waits for Eve"
    assert "guests: 2" in told


@pytest.mark.attack
@pytest.mark.differs("Flask reads anybody's file in a folder above", safer=True)
def test_file_of_a_stranger_turns_nothing_on(save, command, tmp_path):
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        pytest.skip("only root can play two users")
    save("shop.py", VICTIM)
    planted = tmp_path / ".env"
    planted.write_text("FLASK_DEBUG=1\nPRICE=0\n", encoding="utf-8")
    os.chown(planted, 65534, -1)

    command("--app", "shop", "count")

    assert os.environ.get("FLASK_DEBUG") != "1", "the attack worked: Eve's file counts"
    assert "PRICE" not in os.environ, "the attack worked: Eve's file counts"
