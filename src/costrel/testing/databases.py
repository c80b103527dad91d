"""PostgreSQL for tests, without a port: started when it's first asked for."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

PROGRAMS = Path("/usr/lib/postgresql")
numbers = count(1)
# starts it, says where, and stops it when nobody needs it any more
KEEPER = """
import os, shutil, subprocess, sys
from tempfile import mkdtemp

# the path of a socket has to be short
folder = mkdtemp(prefix="wren-")
options = {"check": True, "stdout": subprocess.DEVNULL, "cwd": folder}
if os.geteuid() == 0:
    # it refuses to run as root
    options |= {"user": "postgres", "group": "postgres", "extra_groups": []}
    shutil.chown(folder, "postgres", "postgres")

def control(*arguments):
    call = [sys.argv[1], "--silent", "--pgdata=data", "--timeout=120", *arguments]
    subprocess.run(call, **options)

try:
    control("init", "--options=-U wren -A trust -E UTF8 --locale=C --no-sync")
    served = f"-k {folder} -c listen_addresses= -c fsync=off"
    control("start", "--log=log", f"--options={served}")
    print(folder, flush=True)
    sys.stdin.read()
    control("stop", "--mode=immediate")
finally:
    shutil.rmtree(folder)
"""


def postgresql() -> Iterator[str]:
    """Start PostgreSQL, and yield the folder of its socket: a fixture for a module."""
    programs = sorted(PROGRAMS.glob("*/bin/pg_ctl"))
    found = shutil.which("pg_ctl", path=programs[-1].parent if programs else None)
    if found is None or not hasattr(os, "geteuid"):
        pytest.skip("PostgreSQL isn't installed here")
    # in a session of its own, so that it ends the server even if these tests are killed
    keeper = subprocess.Popen(
        [sys.executable, "-I", "-c", KEEPER, found],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        folder = keeper.stdout.readline().strip() if keeper.stdout else ""
        assert folder, "PostgreSQL doesn't start"
        yield folder
    finally:
        keeper.communicate()


def new_schema(folder: str) -> str:
    """Return the URL of a part of the database that is still empty."""
    psycopg = pytest.importorskip("psycopg")
    schema = f"tests{next(numbers)}"
    with psycopg.connect(f"host={folder} user=wren dbname=postgres") as connection:
        connection.execute(f"create schema {schema}")
    place = f"host={folder}&options=-csearch_path%3D{schema}"
    return f"postgresql+psycopg://wren@/postgres?{place}"
