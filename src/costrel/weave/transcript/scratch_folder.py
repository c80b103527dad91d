"""Where a chapter's commands run: a scratch folder, its servers, one session.

What they should print is compared in `transcripts`.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from costrel.core.ports import (
    DEFAULT,
    exchanged,
    give_back,
    is_open,
    ports_in,
    take,
    wait_until_served,
)
from costrel.core.processes import PERSONAL, end
from costrel.weave.replay.stale_prompt import Imported
from costrel.weave.transcript.commands import (
    RefusedCommandError,
    program,
    settings,
    split,
    typed_in,
    with_echo,
)

# how long a server may take until it listens, a command until it ends
SERVER_SECONDS = 15.0
COMMAND_SECONDS = 60.0
# how long its output may take to come, and a reloader to start it again
OUTPUT_SECONDS = 5.0
RELOAD_SECONDS = 20.0
# it looks every second, and a file counts from its second look on
LOOK_SECONDS = 2.5
# Werkzeug's reloader says so when it finds a change, and when it starts the server
NOTICED = b"Detected change in"
RELOADED = b"Restarting with"
# Werkzeug's server colours what it logs, unless colorama is there to take it out
COLOURS = re.compile(r"\x1b\[[0-9;]*m")
# a server that has printed nothing for so long has said what it had to say
QUIET_SECONDS = 0.25
MARKERS = re.compile(r"\s*[~^]+\s*")
PROXIES = ("http_proxy", "https_proxy", "all_proxy", "HTTPS_PROXY", "ALL_PROXY")
# by these pytest knows an automatic run, and prints more
AUTOMATIC = ("CI", "BUILD_NUMBER")


@dataclass
class BackgroundCommand:
    """A command in the background, and how much of its output was shown."""

    command: str
    process: subprocess.Popen[bytes]
    log: Path
    ports: set[str]
    shown: int = 0


stages: set["ScratchFolder"] = set()


def end_all() -> None:
    """End what is still running on any stage."""
    for stage in list(stages):
        stage.close()


@contextmanager
def opened(root: Path, texts: list[str]) -> Iterator["ScratchFolder"]:
    """Open a stage for a chapter whose blocks have these texts, and clear it away."""
    stage = ScratchFolder(root, texts)
    stages.add(stage)
    try:
        yield stage
    finally:
        stage.close()


class ScratchFolder:
    """Runs the commands and examples of one chapter."""

    def __init__(self, root: Path, texts: list[str]) -> None:
        self.root = root
        # on some systems the folder for temporary files is behind a link
        self.folder = Path(tempfile.mkdtemp(prefix="costrel-")).resolve()
        self.scratch = self.folder / "scratch"
        self.scratch.mkdir()
        # a port as the chapter writes it -> a free one of the same length
        text = "\n".join(texts)
        self.ports = {port: self.free_port(port) for port in ports_in(text)}
        self.servers: list[BackgroundCommand] = []
        self.session: subprocess.Popen[str] | None = None
        self.imported = Imported(self.scratch)
        self.running: set[subprocess.Popen[bytes]] = set()
        self.environment = self.make_environment()

    def free_port(self, port: str) -> str:
        free = take(port)
        if free is None:
            raise RefusedCommandError(f"no free port was found to replace {port}")
        return free

    def make_environment(self) -> dict[str, str]:
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(PERSONAL) and name not in (*PROXIES, *AUTOMATIC)
        }
        programs = str(Path(sys.executable).parent)
        return kept | {
            "PATH": os.pathsep.join([programs, kept.get("PATH", "")]),
            "PYTHONPATH": os.pathsep.join(map(str, self.packages())),
            "PYTHONDONTWRITEBYTECODE": "1",
            # a set, such as the methods of a rule, prints in one order
            "PYTHONHASHSEED": "0",
            "PYTHONUNBUFFERED": "1",
            "PYTHONUTF8": "1",
            "PYTEST_ADDOPTS": "-p no:cacheprovider",
            "COSTREL_ROOT": str(self.root),
            "NO_COLOR": "1",
            "TERM": "dumb",
            "COLUMNS": "80",
            "LC_ALL": "C.UTF-8",
            "TZ": "UTC",
        }

    def packages(self) -> list[Path]:
        """List where the steps are found, those with another port in them first."""
        steps = self.root / "steps"
        copies = self.folder / "steps"
        copies.mkdir()
        # whether this is installed decides how Werkzeug watches files
        (copies / "watchdog.py").write_text("raise ImportError", encoding="utf-8")
        for file in steps.glob("step*/*.py"):
            text = file.read_text(encoding="utf-8")
            if self.mapped(text) != text and not (copies / file.parent.name).exists():
                shutil.copytree(file.parent, copies / file.parent.name)
            if self.mapped(text) != text:
                self.put(copies / file.parent.name / file.name, text)
        return [copies, steps]

    # --- what a chapter asks for

    def write(self, name: str, lines: list[str]) -> None:
        """Write a file that the reader types."""
        path = (self.scratch / name).resolve()
        if not path.is_relative_to(self.scratch):
            raise RefusedCommandError(
                f"{name!r} is outside the scratch folder: name a file in it"
            )
        path.parent.mkdir(parents=True, exist_ok=True)
        # Werkzeug's reloader doesn't restart for a new file, nor for a template
        watched = path.exists() and path.suffix == ".py"
        logs = [(server, server.log.read_bytes()) for server in self.servers]
        self.put(path, "\n".join(lines) + "\n")
        for server, before in logs:
            if watched and RELOADED in before:
                self.let_reload(server, before, path)

    def lay(self, files: dict[str, bytes]) -> None:
        """Put the files there that the reader begins with."""
        for name, content in files.items():
            path = self.scratch / name
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                self.put(path, content.decode())
            except UnicodeDecodeError:
                path.write_bytes(content)

    def put(self, path: Path, text: str) -> None:
        path.write_text(self.mapped(text), encoding="utf-8", newline="\n")

    def command(self, line: str, shown: list[str] | None = None) -> list[str]:
        """Run a command to its end and return the lines it prints.

        If it opens a prompt, what the chapter has `shown` after `>>>` is typed there.
        """
        given, words = settings(split(self.mapped(line)))
        if words[0] == "cat":
            return self.cat(words[1:])
        if words[0] == "kill":
            return self.kill(words[1:])
        typed = typed_in(words, shown or [])
        pipe = subprocess.PIPE
        process = self.start(self.program(words), pipe, given=given, stdin=pipe)
        return self.finish(process, typed)

    def finish(self, process: subprocess.Popen[bytes], typed: list[str]) -> list[str]:
        sent = self.mapped("".join(f"{line}\n" for line in typed))
        try:
            output, _ = process.communicate(sent.encode(), timeout=COMMAND_SECONDS)
        except subprocess.TimeoutExpired:
            raise RefusedCommandError(
                f"it runs longer than {COMMAND_SECONDS:.0f} seconds:"
                " a server needs ` &` at the end"
            ) from None
        finally:
            self.end(process)
            if process.stdout:
                process.stdout.close()
        return self.normal(with_echo(output.decode(errors="replace"), typed))

    def background(self, line: str) -> BackgroundCommand:
        """Start a server and wait until it listens."""
        given, words = settings(split(self.mapped(line.rstrip(" &"))))
        program = self.program(words)
        ports = self.ports_of(program)
        for other in [each for each in self.servers if each.ports & ports]:
            self.stop(other)
        log = self.folder / f"server-{time.monotonic_ns()}.log"
        with log.open("wb") as output:
            process = self.start(program, output, given=given)
        server = BackgroundCommand(line, process, log, ports)
        self.servers.append(server)
        self.wait_for(server)
        return server

    def said(
        self, server: BackgroundCommand, enough: Callable[[list[str]], bool]
    ) -> list[str]:
        """Return what a server has printed since the last call, once it's quiet."""
        deadline = time.monotonic() + OUTPUT_SECONDS
        size, since = -1, time.monotonic()
        while time.monotonic() < deadline:
            data = server.log.read_bytes()
            now = time.monotonic()
            if len(data) != size:
                size, since = len(data), now
            lines = self.normal(data[server.shown :].decode(errors="replace"))
            if now - since >= QUIET_SECONDS and enough(lines):
                break
            time.sleep(0.03)
        server.shown = size
        return lines

    def example(self, source: str) -> list[str]:
        """Run one example of the interactive session."""
        session = self.session or self.start_session()
        assert session.stdin and session.stdout  # both are pipes
        watch = threading.Timer(COMMAND_SECONDS, session.kill)
        watch.start()
        try:
            session.stdin.write(json.dumps(self.mapped(source)) + "\n")
            session.stdin.flush()
            answer = session.stdout.readline()
        except OSError:
            answer = ""
        finally:
            watch.cancel()
        if not answer:
            raise RefusedCommandError("the session ended here")
        output, loaded = json.loads(answer)
        self.imported.note(loaded)
        return self.normal(output)

    def end_session(self) -> None:
        """End the prompt, if there is one; the next example begins another."""
        if self.session:
            end(self.session)
            self.session.communicate()
        self.session = None
        self.imported = Imported(self.scratch)

    # --- how it is done

    def start(
        self,
        words: list[str],
        output: int | IO[bytes],
        folder: Path | None = None,
        given: Mapping[str, str] | None = None,
        stdin: int = subprocess.DEVNULL,
    ) -> subprocess.Popen[bytes]:
        try:
            process = subprocess.Popen(
                words,
                cwd=folder or self.scratch,
                env={**self.environment, **(given or {})},
                stdin=stdin,
                stdout=output,
                stderr=subprocess.STDOUT,
                # a group of its own, so that a reloader's child ends with it
                start_new_session=True,
            )
        except FileNotFoundError:
            raise RefusedCommandError(
                f"the program {words[0]!r} is missing: install it"
            ) from None
        self.running.add(process)
        return process

    def start_session(self) -> subprocess.Popen[str]:
        self.session = subprocess.Popen(
            [sys.executable, "-m", "costrel.weave.transcript.session"],
            cwd=self.scratch,
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
            start_new_session=True,
        )
        return self.session

    def program(self, words: list[str]) -> list[str]:
        return [*program(words), *self.run_port(words[1:])]

    def run_port(self, words: list[str]) -> list[str]:
        """Return the port that replaces the one `run` listens on by default."""
        if words[:1] != ["run"] or "--port" in words:
            return []
        return ["--port", self.ports[str(DEFAULT)]]

    def cat(self, names: list[str]) -> list[str]:
        lines: list[str] = []
        for name in names:
            path = self.scratch / name
            if not path.is_file():
                raise RefusedCommandError(
                    f"there is no file {name!r} in the scratch folder"
                )
            lines += self.normal(path.read_text(encoding="utf-8", errors="replace"))
        return lines

    def kill(self, jobs: list[str]) -> list[str]:
        """End the server in the background, as a reader does with `kill %1`."""
        if jobs != ["%1"] or not self.servers:
            raise RefusedCommandError("no server runs here that `kill %1` could end")
        self.stop(self.servers[-1])
        return []

    def ports_of(self, words: list[str]) -> set[str]:
        """Find the ports that a server may use: as given, or in its file."""
        texts = [" ".join(words)]
        for word in words:
            main = Path("steps", word, "__main__.py")
            for path in (self.scratch / word, self.folder / main):
                if path.is_file():
                    texts.append(path.read_text(encoding="utf-8", errors="replace"))
        known = set(self.ports.values())
        found = set(re.findall(r"\b\d{4,5}\b", "\n".join(texts))) & known
        return found or known

    def wait_for(self, server: BackgroundCommand) -> None:
        """Wait until one of a server's ports is open, or the server has ended."""
        deadline = time.monotonic() + SERVER_SECONDS
        while server.ports and server.process.poll() is None:
            if any(is_open(port) for port in server.ports):
                return
            if time.monotonic() > deadline:
                said = " / ".join(self.normal(server.log.read_text("utf-8", "replace")))
                ports = ", ".join(sorted(map(self.unmapped, server.ports)))
                raise RefusedCommandError(
                    f"port {ports} is not open after {SERVER_SECONDS:.0f} seconds;"
                    f" the server printed {said!r}"
                )
            time.sleep(0.03)

    def let_reload(self, server: BackgroundCommand, before: bytes, path: Path) -> None:
        """Wait until a server with a reloader has started again for a changed file."""
        began = looked = time.monotonic()
        while not more(RELOADED, before, server) and server.process.poll() is None:
            now = time.monotonic()
            if now - began > RELOAD_SECONDS:
                raise RefusedCommandError(
                    f"its server didn't start again in {RELOAD_SECONDS:.0f} seconds"
                    f" after {path.name} changed: is the machine too busy?"
                )
            if now - looked > LOOK_SECONDS and not more(NOTICED, before, server):
                # it was made and changed between two looks: now it's known
                path.touch()
                looked = now
            time.sleep(0.03)
        time.sleep(QUIET_SECONDS)
        self.wait_for(server)
        # only now it watches its files: a change would be missed before
        for port in filter(is_open, server.ports):
            wait_until_served(port, SERVER_SECONDS)

    def mapped(self, text: str) -> str:
        return exchanged(text, self.ports)

    def unmapped(self, text: str) -> str:
        return exchanged(text, {free: port for port, free in self.ports.items()})

    def normal(self, output: str) -> list[str]:
        """Return output as lines that are the same on every machine."""
        for folder, name in self.places():
            output = output.replace(folder + os.sep, name)
        plain = COLOURS.sub("", output.replace("\r\n", "\n"))
        lines = self.unmapped(plain).split("\n")
        lines = [line.rstrip() for line in lines if not is_marker(line)]
        while lines and not lines[-1]:
            lines.pop()
        return lines

    def places(self) -> list[tuple[str, str]]:
        """List folders of this machine and how output names them, the longest first."""
        library = {
            sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib")
        }
        named = dict.fromkeys(library, "…/lib/")
        named[str(self.folder / "steps")] = "…/steps/"
        named[str(self.scratch)] = "…/"
        named[str(self.root)] = "…/"
        return sorted(named.items(), key=lambda item: len(item[0]), reverse=True)

    def stop(self, server: BackgroundCommand) -> None:
        self.end(server.process)
        self.servers.remove(server)

    def end(self, process: subprocess.Popen[bytes]) -> None:
        end(process)
        self.running.discard(process)

    def close(self) -> None:
        """End everything and remove the folder; may be called twice."""
        stages.discard(self)
        for process in list(self.running):
            self.end(process)
        self.end_session()
        give_back(set(self.ports.values()))
        shutil.rmtree(self.folder, ignore_errors=True)


def more(what: bytes, before: bytes, server: BackgroundCommand) -> bool:
    """Return whether a server has said something more often than before."""
    return server.log.read_bytes().count(what) > before.count(what)


def is_marker(line: str) -> bool:
    """Return whether a line only underlines code in a traceback; Pythons differ."""
    return bool(MARKERS.fullmatch(line)) and bool(line.strip())
