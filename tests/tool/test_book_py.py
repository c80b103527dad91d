"""What `python3 book.py` promises on a fresh machine, and on one where things break."""

import ast
import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from book_stubs import ROOT, Answer, Book

sys.path.pop(0)

POSIX = pytest.mark.skipif(os.name == "nt", reason="signals as POSIX has them")
OTHER_PYTHONS = Path.home() / ".pyenv" / "versions"


@pytest.fixture
def book(tmp_path: Path) -> Book:
    return Book(tmp_path)


def wait_for(path: Path, lines: int = 1) -> None:
    """Wait until a file has so many lines: a stub writes one when it starts."""
    end = time.monotonic() + 120
    while time.monotonic() < end:
        if path.exists() and len(path.read_text().splitlines()) >= lines:
            return
        time.sleep(0.02)
    raise AssertionError(f"{path} was not written")


# ---- the first call and the second


def test_the_first_call_makes_the_environment_and_runs_the_verb(book: Book) -> None:
    answer = book.call("test", "3", "--against", "my app/ü")

    assert answer.code == 0
    assert answer.heard["arguments"] == ["test", "3", "--against", "my app/ü"]
    assert answer.heard["prefix"] == str(book.venv)
    assert answer.said[0].startswith("Making .venv with Python 3.")
    assert answer.said[1].startswith("Installing requirements/test.txt (once only)")
    assert answer.said[2].startswith("Ready after ")


def test_packages_are_installed_by_hash_and_the_book_as_it_stands(book: Book) -> None:
    book.call("diff")

    packages, itself = book.pip_calls()
    assert "--require-hashes" in packages
    assert packages[-1] == str(book.root / "requirements" / "base.txt")
    assert itself[-2:] == ["--editable", str(book.root)]
    assert {"--no-deps", "--no-build-isolation"} <= set(itself)


def test_the_second_call_is_quiet_and_does_nothing_twice(book: Book) -> None:
    book.call("test")
    before = book.pip_calls()

    answer = book.call("test")

    assert answer.code == 0
    assert answer.errors == ""
    assert book.pip_calls() == before


def test_the_second_call_costs_less_than_a_tenth_of_a_second(book: Book) -> None:
    book.call("test")
    python = book.venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    through = [sys.executable, "-I", str(book.root / "book.py"), "test"]
    directly = [str(python), "-P", "-m", "costrel", "test"]

    best = {"through": 9.0, "directly": 9.0}
    for _ in range(7):
        for name, command in (("through", through), ("directly", directly)):
            start = processor_time()
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            best[name] = min(best[name], processor_time() - start)

    assert best["through"] - best["directly"] < 0.1


def processor_time() -> float:
    """Return the processor time, in seconds, of the programs we ran."""
    spent = os.times()
    if os.name == "nt":
        # Windows does not tell
        return spent.elapsed
    return spent.children_user + spent.children_system


def test_the_exit_code_is_that_of_the_verb(book: Book) -> None:
    assert book.call("test", FAKE_CODE="7").code == 7


def test_groups_add_up(book: Book) -> None:
    for verb in ("read", "test", "read", "test"):
        book.call(verb)

    assert book.installed() == ["read", "test"]


def test_an_option_may_need_more_than_its_verb(book: Book) -> None:
    answer = book.call("read", "--with-browser", "--build")

    assert answer.code == 0
    assert book.installed() == ["browser"]


def test_what_stands_behind_two_dashes_is_no_option_of_ours(book: Book) -> None:
    book.call("test", "--", "--with-browser")

    assert book.installed() == ["test"]


def test_any_group_is_enough_for_a_verb_that_needs_the_least(book: Book) -> None:
    book.call("read")

    book.call("diff")

    assert book.installed() == ["read"]


def test_help_of_a_verb_needs_only_the_command(book: Book) -> None:
    answer = book.call("read", "--help")

    assert answer.heard["arguments"] == ["read", "--help"]
    assert book.installed() == ["base"]


def test_help_after_two_dashes_is_not_ours(book: Book) -> None:
    book.call("test", "--", "--help")

    assert book.installed() == ["test"]


def test_a_changed_lock_is_installed(book: Book) -> None:
    book.call("test")
    book.write("requirements/test.txt", "# newer\n")

    answer = book.call("test")

    assert book.installed() == ["test", "test"]
    assert not any("Making" in line for line in answer.said)


def test_setup_makes_the_environment_and_stops(book: Book) -> None:
    answer = book.call("setup", "dev")

    assert (answer.code, answer.output) == (0, "")
    assert book.installed() == ["dev"]
    # dev holds what all other groups do
    assert book.call("read").errors == ""


def test_setup_for_an_unknown_lock_names_the_known(book: Book) -> None:
    answer = book.call("setup", "prod")

    assert answer.code == 1
    assert "`setup prod`" in answer.errors
    assert "base, read, test, notebook, browser, dev" in answer.errors
    assert not book.venv.exists()


def test_another_folder_can_be_chosen(book: Book, tmp_path: Path) -> None:
    other = tmp_path / "elsewhere" / "env"

    answer = book.call("diff", COSTREL_VENV=str(other))

    assert answer.heard["prefix"] == str(other)
    assert not book.venv.exists()


def test_variables_of_other_environments_do_not_confuse_it(book: Book) -> None:
    book.write("trap/click.py", "raise SystemExit('the trap')")
    book.write("trap/ast.py", "raise SystemExit('the trap')")
    book.call("diff")

    answer = book.call(
        "diff",
        VIRTUAL_ENV=str(book.root / "other"),
        PYTHONHOME=sys.base_prefix,
        PYTHONPATH=str(book.root / "nowhere"),
        PIP_TARGET=str(book.root / "target"),
    )

    assert answer.code == 0
    heard = answer.heard
    assert heard["VIRTUAL_ENV"] == str(book.venv)
    assert heard["PYTHONHOME"] is None
    assert heard["PYTHONPATH"] is None
    assert str(heard["PATH"]).startswith(str(book.venv))


def test_the_verb_runs_where_the_reader_stands(book: Book, tmp_path: Path) -> None:
    assert book.call("diff").heard["folder"] == str(tmp_path)


# ---- help and verbs


def test_alone_it_shows_the_verbs(book: Book) -> None:
    for arguments in ((), ("--help",), ("-h",)):
        answer = book.call(*arguments)

        assert answer.code == 0
        assert "python3 book.py VERB" in answer.output
        assert "  read      Read it." in answer.output
        assert not book.venv.exists()


def test_the_real_book_shows_each_of_its_verbs() -> None:
    from costrel.cli import VERBS

    command = [sys.executable, "-I", str(ROOT / "book.py")]
    output = subprocess.check_output(command, text=True)

    for verb, (_, line) in VERBS.items():
        assert f"  {verb:9} {line}" in output


@pytest.mark.parametrize(
    ("verb", "advice"),
    [
        ("tset", "did you mean `test`?"),
        ("zzz", "there are read, test, diff."),
        ("--zzz", "there are read, test, diff."),
        ("../cli", "there are read, test, diff."),
    ],
)
def test_an_unknown_verb_is_refused_before_anything_is_made(
    book: Book, verb: str, advice: str
) -> None:
    answer = book.call(verb)

    assert answer.code == 1
    assert answer.said == [f"There is no verb {verb!r}: {advice}"]
    assert not book.venv.exists()


# ---- a Python that will not do


def test_the_file_parses_on_python_3_6() -> None:
    ast.parse((ROOT / "book.py").read_text("utf-8"), feature_version=(3, 6))


def test_an_old_python_gets_one_sentence(book: Book) -> None:
    answer = book.call("read", FAKE_FIRST="sys.version_info = (3, 10, 14)")

    assert answer.code == 1
    assert len(answer.said) == 1
    assert "needs Python 3.11 or newer and this is Python 3.10.14" in answer.errors
    assert "`python3.13 book.py read`" in answer.errors
    assert not book.venv.exists()


@pytest.mark.parametrize("version", ["3.6", "3.7", "3.8", "3.9", "3.10"])
def test_a_real_old_python_gets_one_sentence(book: Book, version: str) -> None:
    found = sorted(OTHER_PYTHONS.glob(f"{version}.*/bin/python"))
    if not found:
        pytest.skip(f"Python {version} is not installed by pyenv here")

    done = subprocess.run(
        [str(found[0]), str(book.root / "book.py"), "read"],
        stderr=subprocess.PIPE,
        text=True,
    )

    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert f"this is Python {version}." in done.stderr


@pytest.mark.parametrize("module", ["venv", "ensurepip"])
def test_a_python_without_venv_gets_the_package_to_install(
    book: Book, module: str
) -> None:
    answer = book.call("read", FAKE_FIRST=f"sys.modules[{module!r}] = None")

    assert answer.code == 1
    assert len(answer.said) == 1
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    assert f"`sudo apt install python{version}-venv`" in answer.errors


def test_a_maker_that_fails_is_quoted_and_next_time_tried_again(book: Book) -> None:
    maker = (book.stubs / "make.py").read_text()
    book.write("stubs/make.py", "import sys; sys.exit('the moon is full')")

    answer = book.call("read")

    assert answer.code == 1
    assert "the moon is full" in answer.said
    book.write("stubs/make.py", maker)
    assert book.call("read").code == 0


# ---- no network, a full disk, and whatever else pip may say


def test_without_network_one_sentence_says_what_to_check(book: Book) -> None:
    answer = book.call("read", FAKE_PIP="offline")

    assert answer.code == 1
    assert "check the network" in answer.said[-1]
    assert "No matching distribution" in answer.errors


def test_after_a_failed_download_nothing_is_made_anew(book: Book) -> None:
    book.call("read", FAKE_PIP="offline")

    answer = book.call("read")

    assert answer.code == 0
    assert not any("Making" in line for line in answer.said)


def test_a_full_disk_is_told_by_pip_and_what_to_do_by_us(book: Book) -> None:
    answer = book.call("read", FAKE_PIP="full")

    assert answer.code == 1
    assert "ERROR: Could not install: [Errno 28] Kein Platz mehr" in answer.said
    assert "the space on the disk" in answer.said[-1]


def test_a_really_full_disk_loses_nothing(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = shutil.which("mount")
    size = ["-t", "tmpfs", "-o", "size=300k", "tmpfs", str(disk)]
    if not mount or subprocess.run([mount, *size], capture_output=True).returncode:
        pytest.skip("a small disk can't be mounted by this user")
    try:
        book = Book(disk)
        with (disk / "ballast").open("wb", buffering=0) as file:
            fill(file)

        answer = book.call("read", FAKE_PIP_CALLS=str(tmp_path / "calls"))

        assert answer.code == 1
        assert "No space left on device" in answer.errors
        (disk / "ballast").unlink()
        assert book.call("diff", FAKE_PIP_CALLS=str(tmp_path / "calls")).code == 0
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def fill(file: "object") -> None:
    try:
        while True:
            file.write(b"\0" * 4096)  # type: ignore[attr-defined]
    except OSError:
        pass


def test_another_failure_of_pip_is_seen_with_all_that_it_says(book: Book) -> None:
    answer = book.call("read", FAKE_PIP="odd")

    assert answer.code == 1
    assert "ERROR: the moon is in the way" in answer.said
    assert {"line 0", "line 19"} <= set(answer.said)
    assert answer.said[-1].startswith("pip could not install the packages")


def test_a_failure_while_installing_makes_the_environment_anew(book: Book) -> None:
    book.call("read", FAKE_PIP="odd-install")

    answer = book.call("read")

    assert answer.code == 0
    expected = "The last set-up did not come to its end: making .venv anew."
    assert answer.said[0] == expected


# ---- an environment that broke


def test_an_environment_whose_python_is_gone_is_made_anew(book: Book) -> None:
    book.call("diff")
    for path in (book.venv / "bin").glob("python*"):
        path.unlink()

    answer = book.call("diff")

    assert answer.code == 0
    assert "The Python of .venv is gone or another one" in answer.said[0]
    assert book.call("diff").errors == ""


def test_an_environment_whose_python_became_another_is_made_anew(book: Book) -> None:
    book.call("diff")
    record = book.venv / "book" / "python"
    lines = record.read_text().splitlines()
    record.write_text("\n".join([lines[0], "/usr/bin/python3.9", lines[2]]))

    answer = book.call("diff")

    assert answer.code == 0
    assert "The Python of .venv is gone or another one" in answer.said[0]


def test_a_book_that_was_moved_gets_its_environment_anew(
    book: Book, tmp_path: Path
) -> None:
    book.call("diff")
    moved = Book(tmp_path / "moved")
    shutil.move(book.venv, moved.venv)

    answer = moved.call("diff")

    assert answer.code == 0
    assert answer.said[0] == "The book was moved: making .venv anew."
    assert answer.heard["prefix"] == str(moved.venv)


def test_a_missing_command_is_installed_again(book: Book) -> None:
    book.call("diff")
    (book.venv / "bin" / "costrel").unlink()

    assert book.call("diff").code == 0
    assert len(book.installed()) == 2


def test_a_venv_of_someone_else_is_left_alone(book: Book) -> None:
    mine = book.write(".venv/pyvenv.cfg", "home = here\n")

    answer = book.call("diff")

    assert answer.code == 1
    assert len(answer.said) == 1
    assert "was not made by book.py: move it away or delete it" in answer.errors
    assert mine.read_text() == "home = here\n"


def test_a_file_in_the_place_of_the_venv_is_left_alone(book: Book) -> None:
    book.write(".venv", "mine")

    answer = book.call("diff")

    assert answer.code == 1
    assert "was not made by book.py" in answer.errors


def test_an_empty_folder_is_taken_as_it_is(book: Book) -> None:
    book.venv.mkdir()

    assert book.call("diff").code == 0


def test_a_folder_without_the_right_to_write_gets_one_sentence(book: Book) -> None:
    refuse = (
        "import pathlib\n"
        "def refuse(self, *a, **k):\n"
        "    raise PermissionError(13, 'Permission denied', str(self))\n"
        "pathlib.Path.mkdir = refuse"
    )

    answer = book.call("diff", FAKE_FIRST=refuse)

    assert answer.code == 1
    assert len(answer.said) == 1
    assert "can't be changed (Permission denied)" in answer.errors
    assert "get permission to write there" in answer.errors


# ---- interruptions and several calls at once


@POSIX
def test_ctrl_c_while_downloading_loses_nothing(book: Book) -> None:
    process = book.start("diff", FAKE_PIP="stop-download")
    wait_for(book.stopped)
    interrupt(process)

    _, errors = process.communicate(timeout=120)

    assert process.returncode == 130
    assert errors.splitlines()[-1] == "Stopped: the same call goes on from here."
    assert "Making" not in book.call("diff").errors


@POSIX
def test_ctrl_c_while_installing_is_repaired(book: Book) -> None:
    process = book.start("diff", FAKE_PIP="stop-install")
    wait_for(book.stopped)
    interrupt(process)
    process.communicate(timeout=120)

    answer = book.call("diff")

    assert answer.code == 0
    assert "did not come to its end: making .venv anew" in answer.said[0]


def interrupt(process: "subprocess.Popen[str]") -> None:
    """Press Ctrl-C: the process and the pip that it started both get it."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    if not children.exists():
        pytest.skip("this system does not tell the children of a process")
    for child in children.read_text().split():
        os.kill(int(child), signal.SIGINT)
    process.send_signal(signal.SIGINT)


@POSIX
def test_a_killed_call_is_repaired_after_its_pip_has_ended(book: Book) -> None:
    process = book.start("diff", FAKE_PIP="stop-install", FAKE_SECONDS="2")
    wait_for(book.stopped)
    process.kill()
    process.wait()

    answer = book.call("diff")

    assert answer.code == 0
    process.communicate()
    assert answer.said[0].startswith("Another call is setting the book up")
    assert "did not come to its end: making .venv anew" in answer.said[1]


def test_a_call_killed_while_it_makes_the_environment_is_repaired(book: Book) -> None:
    book.call("diff")
    (book.venv / "book" / "python").unlink()

    answer = book.call("diff")

    assert answer.code == 0
    assert "did not come to its end" in answer.said[0]


def test_two_calls_at_once_do_the_work_once(book: Book) -> None:
    slowly = {"FAKE_PIP": "stop-install", "FAKE_SECONDS": "0.5"}
    both = [book.start("test", **slowly) for _ in range(2)]

    answers = [process.communicate(timeout=60) for process in both]

    assert [process.returncode for process in both] == [0, 0]
    assert book.installed() == ["test"]
    said = "".join(errors for _, errors in answers)
    assert said.count("Making .venv") == 1
    assert said.count("waiting for it") == 1


# ---- the real venv and the real pip

BACKEND = """\
import zipfile
from pathlib import Path

def build_editable(folder, config_settings=None, metadata_directory=None):
    name = "costrel-1-py3-none-any.whl"
    info = "costrel-1.dist-info"
    with zipfile.ZipFile(Path(folder, name), "w") as wheel:
        wheel.writestr("costrel.pth", str(Path("src").resolve()))
        wheel.writestr(f"{info}/METADATA", METADATA)
        wheel.writestr(f"{info}/WHEEL", WHEEL)
        wheel.writestr(f"{info}/entry_points.txt", POINTS)
        wheel.writestr(f"{info}/RECORD", "")
    return name

METADATA = "Metadata-Version: 2.1\\nName: costrel\\nVersion: 1\\n"
WHEEL = "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"
POINTS = "[console_scripts]\\ncostrel = costrel.__main__:main\\n"
"""

PROJECT = """\
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
"""


class RealBook(Book):
    """The small book with the real maker; its one package is a wheel of our own."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.write("backend.py", BACKEND)
        self.write("pyproject.toml", PROJECT)
        self.write(
            "stubs/drive.py",
            f"import sys; sys.path.insert(0, {str(root)!r})\n"
            "import book; sys.exit(book.main(sys.argv[1:]))\n",
        )
        (root / "wheels").mkdir()
        right = write_wheel(root / "wheels", "tiny")
        write_wheel(root / "wheels", "odd")
        self.write("requirements/base.txt", f"tiny==1.0 --hash=sha256:{right}\n")
        wrong = "0" * 64
        self.write("requirements/read.txt", f"odd==1.0 --hash=sha256:{wrong}\n")

    def call(self, *arguments: str, **variables: str) -> Answer:
        pip = {
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_RETRIES": "0",
            "PIP_NO_CACHE_DIR": "1",
        }
        wheels = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(self.root / "wheels")}
        return super().call(*arguments, **(pip | wheels | variables))


def write_wheel(folder: Path, name: str) -> str:
    """Write a package of one empty module, and give the hash that a lock needs."""
    info = f"{name}-1.0.dist-info"
    files = {
        f"{name}.py": "",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\n"
        "Root-Is-Purelib: true\nTag: py3-none-any\n",
    }
    lines = [f"{path},{record_hash(text)},{len(text)}" for path, text in files.items()]
    files[f"{info}/RECORD"] = "\n".join([*lines, f"{info}/RECORD,,\n"])
    path = folder / f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        for place, text in files.items():
            wheel.writestr(place, text)
    return sha256(path.read_bytes()).hexdigest()


def record_hash(text: str) -> str:
    digest = urlsafe_b64encode(sha256(text.encode()).digest())
    return "sha256=" + digest.decode().rstrip("=")


@pytest.fixture(scope="module")
def real_book(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealBook]:
    yield RealBook(tmp_path_factory.mktemp("real"))


def test_the_real_pip_without_network_then_with_a_wheel(real_book: RealBook) -> None:
    nowhere = {"PIP_NO_INDEX": "0", "PIP_FIND_LINKS": ""}
    nowhere["PIP_INDEX_URL"] = "http://127.0.0.1:9/simple"

    offline = real_book.call("diff", **nowhere)
    online = real_book.call("diff")
    again = real_book.call("diff")

    assert offline.code == 1
    assert "check the network" in offline.said[-1]
    assert online.code == 0, online.errors
    assert "Making" not in online.errors
    assert list(real_book.venv.rglob("tiny.py"))
    assert again.errors == ""


def test_the_real_pip_refuses_a_package_with_another_hash(real_book: RealBook) -> None:
    answer = real_book.call("read")

    assert answer.code == 1
    assert "DO NOT MATCH THE HASHES" in answer.errors
    assert "pip could not install the packages" in answer.errors
