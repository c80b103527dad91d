"""The engine of the live step: answers the messages of the page.

An answer is a dictionary of plain values with `ok`; where that is false there is an
`error`: its type, its message, the file and line of the reader's that it comes from,
and a traceback.
"""

import re
import shutil
import tempfile
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from contextvars import copy_context
from pathlib import Path
from time import perf_counter
from typing import Any

from .log import Log
from .package import Files, Package
from .server import Answer, Request, make_request, serve
from .trouble import RefusedError, describe, is_hidden
from .visitor import Hop, Visitor
from .watcher import Watcher, precision

Message = Mapping[str, Any]
Result = dict[str, Any]
# the name of the module that is attacked
TARGET = "target"
# characters of a request's body that are shown
SHOWN = 20_000


class Engine:
    """One step: its files, its app, and who visits it."""

    def __init__(self) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="live-")).resolve()
        self.precision = precision()
        self.data: Message = {}
        self.stage: Stage | None = None

    def handle(self, message: Message) -> Result:
        """Answer a message by its kind, whatever happens meanwhile.

        What used up the memory may hold it for ever: then Python is `dead`.
        """
        began = perf_counter()
        answer = copy_context().run(self.answer, message)
        kind = (answer.get("error") or {}).get("type")
        seconds = perf_counter() - began
        return {"seconds": seconds, "dead": kind == "MemoryError", **answer}

    def answer(self, message: Message) -> Result:
        kinds = {
            "load": lambda: self.load(message["data"]),
            "run": lambda: self.run(message.get("files") or {}),
            "send": lambda: self.send(message.get("request") or {}),
            "attack": lambda: self.attack(message),
            "reset": self.reset,
        }
        kind = message.get("kind")
        try:
            if kind not in kinds:
                raise RefusedError(f"There is no message {kind!r}.")
            return kinds[kind]()
        except Exception as error:
            return {"ok": False, "error": describe(error, self.home)}

    def load(self, data: Message) -> Result:
        """Take a step: its name and its files, as `live/NN-topic.json` has them."""
        self.data = data
        self.stage = Stage(Package(data["step"], self.place("reader")))
        self.stage.package.adopt_bytecode()
        return {"ok": True}

    def run(self, files: Files) -> Result:
        """Start the app anew; `files` are those of the step that the reader edited."""
        return self.own_stage().start({**self.data["files"], **files})

    def send(self, request: Message) -> Result:
        """Visit the app: return the hops, the cookies, the way, and what was logged."""
        return self.own_stage().send(request) | {"precision": self.precision}

    def reset(self) -> Result:
        """Forget the cookies and what the app remembers."""
        stage = self.own_stage()
        stage.visitors.clear()
        return stage.start(stage.files)

    def attack(self, message: Message) -> Result:
        """Make an attack on the naive version and on this step: the first, or `number`.

        The step is as the reader has edited it.
        """
        attacks, number = self.data.get("attacks") or [], message.get("number", 0)
        if not 0 <= number < len(attacks):
            raise RefusedError("This step has no such attack.")
        attack, edited = attacks[number], message.get("files") or {}
        naive = {"__init__.py": self.data["naive"]}
        sides = {"naive": naive, "step": {**self.data["files"], **edited}}
        return {"ok": True} | {
            side: self.attacked(side, attack, sides[side]) for side in sides
        }

    def attacked(self, side: str, attack: Message, files: Files) -> Result:
        """Start one side with the app that is attacked, and attack it."""
        package = Package(side, self.place(side), TARGET)
        stage = Stage(package)
        started = stage.start({**files, f"{TARGET}.py": attack["app"]})
        if not started["ok"]:
            return {"hops": [], "worked": False, **started}
        return stage.suffer(attack["requests"], attack["worked"])

    def own_stage(self) -> "Stage":
        if self.stage is None:
            raise RefusedError("No step was loaded.")
        return self.stage

    def place(self, name: str) -> Path:
        """Return an empty folder."""
        folder = self.home / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        return folder


class Stage:
    """A package at work, and its visitors."""

    def __init__(self, package: Package) -> None:
        self.package = package
        self.files: Files = {}
        self.app: Callable[..., Any] | None = None
        # why there is no app
        self.trouble: Result = {}
        # who visits -> with which cookies
        self.visitors: dict[str, Visitor] = {}
        # the way of each hop
        self.ways: list[list[Result]] = []

    @property
    def log(self) -> Log:
        return self.package.log

    def start(self, files: Files) -> Result:
        """Write the files and import the app; an error of either is in the result."""
        self.files, self.app = files, None
        self.log.take()
        try:
            self.package.write(files)
            with self.package.at_work():
                self.app = self.package.start()
        # the app is the reader's, and may raise anything
        except BaseException as error:
            self.trouble = describe(error, self.package.folder)
            return {"ok": False, "error": self.trouble, "log": self.take_log()}
        return {"ok": True, "log": self.take_log()}

    def send(self, given: Message) -> Result:
        """Send a request, and watch its way."""
        if self.app is None:
            return {"ok": False, "error": self.trouble, "log": ""}
        self.ways.clear()
        hops = self.visit(given)
        error = self.error_of(hops[-1].answer)
        jar = self.visitor(given).jar
        return {
            "ok": True,
            "hops": [describe_hop(hop) for hop in hops],
            "cookies": [cookie.shown() for cookie in jar.present()],
            "way": [
                {"hop": number, **call}
                for number, way in enumerate(self.ways)
                for call in way
            ],
            "error": error and describe(error, self.package.folder),
            "log": self.take_log(),
        }

    def visit(self, given: Message) -> list[Hop]:
        """Send a request, and follow where it leads. Raises `RequestError`."""
        request, follow = make_request(given), given.get("follow", True)
        with self.package.at_work():
            return list(self.visitor(given).visit(self.serve, request, follow))

    def visitor(self, given: Message) -> Visitor:
        """Return the visitor who sends the request."""
        return self.visitors.setdefault(str(given.get("visitor") or ""), Visitor())

    def serve(self, request: Request) -> Answer:
        """Let the app answer; log an error that comes out of it, as a server does."""
        assert self.app is not None
        watcher = Watcher(self.package.folder)
        with watcher.watching():
            answer = serve(self.app, request)
        self.ways.append(watcher.way())
        if answer.error is not None:
            print_error(answer.error, self.log)
        return answer

    def error_of(self, answer: Answer) -> BaseException | None:
        """Return the error behind an answer: raised by the app, or logged."""
        logged = self.log.exceptions if answer.status >= 500 else []
        return answer.error or (logged[-1] if logged else None)

    def take_log(self) -> str:
        """Return what was printed and logged, without the package's folder."""
        return self.log.take().replace(f"{self.package.home}/", "")

    def suffer(self, requests: list[Message], worked: str) -> Result:
        """Send the requests of an attack, and look for what shows that it worked."""
        hops = [hop for given in requests for hop in self.visit(given)]
        text = "\n\n".join(hop.answer.wire for hop in hops)
        return {
            "ok": True,
            "hops": [describe_hop(hop) for hop in hops],
            "worked": bool(re.search(worked, text, re.S | re.M)),
            "log": self.take_log(),
            "error": None,
        }


def describe_hop(hop: Hop) -> Result:
    request, answer = hop.request, hop.answer
    return {
        "request": {
            "line": request.line,
            "headers": [list(pair) for pair in request.headers],
            "body": request.body[:SHOWN].decode(errors="replace"),
            "size": len(request.body),
        },
        "response": {
            "status": answer.status,
            "reason": answer.reason,
            "headers": [list(pair) for pair in answer.headers],
            "body": answer.body,
            "text": answer.text,
            "seconds": answer.seconds,
            "streamed": len(answer.pieces),
            "cut": answer.cut,
        },
        "note": hop.note,
    }


def print_error(error: BaseException, log: Log) -> None:
    """Print a traceback, from the app on."""
    found = error.__traceback__
    while found is not None and is_hidden(found.tb_frame.f_code.co_filename):
        found = found.tb_next
    # an exception of the reader's may fail when it is shown
    with suppress(Exception):
        traceback.print_exception(error.with_traceback(found), file=log)
