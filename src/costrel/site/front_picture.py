"""The front page's picture of what readers build: Wren's page, and an attack.

Both come from the steps: the newest one is asked for its front page, and one step is
attacked. That happens in a process of its own, and only when a step has changed.
"""

import base64
import json
import mimetypes
import subprocess
import sys
from dataclasses import dataclass
from hashlib import sha256
from html import escape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from costrel.browser import cache
from costrel.core.ladder import Ladder, Problem, Step
from costrel.live import step_data
from costrel.live.engine.engine import Engine

# the step whose attack is shown: it needs no knowledge to be followed
ATTACKED = "step13_sessions"
STYLE = "static/wren.css"
FOUND = "found.json"
# pixels of the drawn page
WIDTH, HEIGHT = 560, 650


@dataclass(frozen=True)
class Portrait:
    """A drawing of Wren's page, what it says, and both sides of an attack."""

    svg: str
    text: str
    attack: dict[str, Any]


def portrait(ladder: Ladder) -> Portrait:
    """Ask the steps, unless they are as they were, and draw what they answered."""
    data = {step.name: step_data.data(ladder, step) for step in shown(ladder)}
    key = sha256(json.dumps(data).encode() + Path(__file__).read_bytes()).hexdigest()

    def ask(folder: Path) -> None:
        (folder / FOUND).write_text(asked(ladder.root), encoding="utf-8")

    folder = cache.once(ladder.root / "build" / "portrait", key, ask)
    found = json.loads((folder / FOUND).read_text(encoding="utf-8"))
    drawing = Drawing(json.loads(data[ladder.newest.name])["files"])
    drawing.feed(found["page"])
    return Portrait(drawing.svg(), drawing.text(), found["attack"])


def shown(ladder: Ladder) -> tuple[Step, Step]:
    return ladder.newest, ladder.get(ATTACKED)


# --- asking the steps


def asked(root: Path) -> str:
    """Run `find` in a process of its own, since it imports the steps."""
    command = [sys.executable, "-m", __name__, str(root)]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    if done.returncode:
        raise Problem(f"Wren's page can't be asked for:\n{done.stderr}")
    return done.stdout


def find(ladder: Ladder) -> dict[str, Any]:
    """Return the newest step's front page, and how the attack went."""
    newest, attacked = map(Asked, (ladder, ladder), shown(ladder))
    newest.ask("run")
    page = newest.ask("send", request={"path": "/"})["hops"][-1]["response"]["text"]
    went = attacked.ask("attack")
    first = attacked.data["attacks"][0]
    about = {name: first[name] for name in ("title", "story")}
    sides = {name: last_hop(went[name]) for name in ("naive", "step")}
    return {"page": page, "attack": about | sides}


class Asked:
    """An engine with a step."""

    def __init__(self, ladder: Ladder, step: Step) -> None:
        self.engine = Engine()
        self.data = json.loads(step_data.data(ladder, step))
        self.ask("load", data=self.data)

    def ask(self, kind: str, **more: Any) -> dict[str, Any]:
        """Send a message; raise `Problem` where it fails."""
        answer = self.engine.handle({"kind": kind, **more})
        if not answer["ok"]:
            raise Problem(f"{self.data['step']}: {answer['error']['message']}")
        return answer


def last_hop(side: dict[str, Any]) -> dict[str, Any]:
    hop = side["hops"][-1]
    sent = dict(hop["request"]["headers"])
    return {
        "line": hop["request"]["line"],
        "cookie": sent.get("Cookie", ""),
        "says": hop["response"]["text"],
        "worked": side["worked"],
    }


# --- drawing a page


class Drawing(HTMLParser):
    """Writes a page into an SVG, with its style and its pictures in it."""

    HIDDEN = ("title", "script")
    LEFT_OUT = ("html", "head", "body", "meta", "link", *HIDDEN)
    VOID = ("img", "input", "br", "hr")

    def __init__(self, files: dict[str, Any]) -> None:
        super().__init__()
        self.files = files
        self.parts: list[str] = []
        self.words: list[str] = []
        self.is_hidden = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.is_hidden |= tag in self.HIDDEN
        if tag in self.LEFT_OUT:
            return
        given = "".join(
            f' {name}="{escape(self.embedded(value or ""))}"' for name, value in attrs
        )
        self.parts.append(f"<{tag}{given}{'/' if tag in self.VOID else ''}>")

    def handle_endtag(self, tag: str) -> None:
        if tag in self.HIDDEN:
            self.is_hidden = False
        elif tag not in (*self.LEFT_OUT, *self.VOID):
            self.parts.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if not self.is_hidden:
            self.parts.append(escape(data))
            self.words.append(data)

    def embedded(self, value: str) -> str:
        """Put a file of the step in the place of its path."""
        content = self.files.get(value.removeprefix("/"))
        if not value.startswith("/static/") or content is None:
            return value
        code = base64.b64encode(content.encode()).decode()
        return f"data:{mimetypes.guess_type(value)[0]};base64,{code}"

    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def svg(self) -> str:
        style = escape(self.files.get(STYLE, ""), quote=False)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}"'
            f' width="{WIDTH}" height="{HEIGHT}"><style>{style}</style>'
            f'<foreignObject width="{WIDTH}" height="{HEIGHT}">'
            '<body xmlns="http://www.w3.org/1999/xhtml" style="min-height: 100%">'
            f"{''.join(self.parts)}</body></foreignObject></svg>\n"
        )


if __name__ == "__main__":
    print(json.dumps(find(Ladder(Path(sys.argv[1])))))
