"""Put an attack's app on a framework, and serve it in a process of its own.

The framework is a step, a step's naive version, or the reader's.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Timer
from typing import IO

from costrel.core.attacks import naive_version
from costrel.core.files import write_tree
from costrel.core.ladder import Step
from costrel.core.processes import end
from costrel.core.reader_folder import DEMO, typed_text
from costrel.core.workshop_folder import Workshop, read_files
from costrel.workshop.run.trial import environment, patience

from .loopback import SECONDS, Server, TargetError, server_at

# the module that has the attack's app
APP = "target"
# how long an app may take to be imported
START_SECONDS = 30.0


@dataclass(frozen=True)
class Framework:
    """A framework that is attacked."""

    # what sentences call it
    label: str
    package: str
    root: Path
    # by their paths in the folder that is served
    files: dict[str, bytes]
    # whether an app is a module of the package, as a step's demo is
    holds_app: bool = True

    def with_app(self, source: str) -> dict[str, bytes]:
        """Return the files with an app among them that imports the framework."""
        if self.holds_app:
            return self.files | {f"{self.package}/{APP}.py": source.encode()}
        text = typed_text(DEMO, source, self.package)
        return self.files | {f"{APP}.py": text.encode()}

    @property
    def module(self) -> str:
        return f"{self.package}.{APP}" if self.holds_app else APP


def framework_of(step: Step) -> Framework:
    files = below(step.name, read_files(step.package))
    return Framework(f"step {step.number}", step.name, step.root, files)


def naive_framework(step: Step) -> Framework:
    files = {"naive/__init__.py": naive_version(step).encode()}
    label = f"the version of step {step.number} that everyone writes first"
    return Framework(label, "naive", step.root, files)


def readers_framework(workshop: Workshop, root: Path) -> Framework:
    """Take the reader's package, and the demo's extensions beside it."""
    files = below(workshop.package, workshop.files())
    if not workshop.demo_in_package:
        extensions = workshop.folder / "extensions"
        files |= below("extensions", read_files(extensions))
    label = f"your {workshop.package}"
    return Framework(label, workshop.package, root, files, workshop.demo_in_package)


def below(folder: str, files: dict[str, bytes]) -> dict[str, bytes]:
    return {f"{folder}/{name}": content for name, content in files.items()}


# --- serving


@contextmanager
def serving(framework: Framework, source: str) -> Iterator[Server]:
    """Serve an app on a framework; raise `TargetError` if it doesn't start.

    What goes wrong while it's served is told with the last line of its log.
    """
    with tempfile.TemporaryDirectory(prefix="costrel-attack-") as name:
        folder = Path(name)
        write_tree(folder / "app", framework.with_app(source))
        with (folder / "log").open("w+b") as log:
            process = start(framework, folder / "app", log)
            try:
                yield server_of(process)
            except TargetError as error:
                raise TargetError(told(framework, error, process, log)) from None
            finally:
                end(process)
                close(process)


def start(
    framework: Framework, folder: Path, log: IO[bytes]
) -> "subprocess.Popen[bytes]":
    paths = os.pathsep.join([str(folder), str(framework.root / "steps")])
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "costrel.attacks.serve", framework.module],
        cwd=folder,
        env=environment(framework.root) | {"PYTHONPATH": paths},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=log,
        start_new_session=True,
    )


def server_of(process: "subprocess.Popen[bytes]") -> Server:
    """Wait until the process has said where it listens."""
    assert process.stdout is not None
    timer = Timer(START_SECONDS * patience(), process.kill)
    timer.start()
    try:
        line = process.stdout.readline()
    finally:
        timer.cancel()
    if not line:
        raise TargetError("its app doesn't start.")
    server = server_at(f"http://127.0.0.1:{int(line)}", SECONDS * patience())
    return replace(server, netloc=f"localhost:{int(line)}")


def told(
    framework: Framework,
    error: TargetError,
    process: "subprocess.Popen[bytes]",
    log: IO[bytes],
) -> str:
    """Say what is wrong with a framework, with what its process said last."""
    with suppress(subprocess.TimeoutExpired):
        process.wait(1)
    log.seek(0)
    lines = log.read().decode(errors="replace").split("\n")
    last = next((line.strip() for line in reversed(lines) if line.strip()), "")
    said = f" It said last: {last}" if last and process.poll() is not None else ""
    return f"On {framework.label}, {error}{said}"


def close(process: "subprocess.Popen[bytes]") -> None:
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            with suppress(OSError):
                stream.close()
