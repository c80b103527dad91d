"""Links of a chapter, turned into links of the site.

On a code host a chapter links to files of the repository; on the site the same
link leads to the page that shows the file.
"""

import re
from os.path import relpath
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from costrel.core.anchors import anchor
from costrel.core.ladder import Ladder
from costrel.site.search import LEFT_OUT

FENCE = re.compile(r"^ *(`{3,}|~{3,})")
LINK = re.compile(
    r"(?P<image>!?)\[(?P<text>(?:[^\[\]]|\[[^\]]*\])*)\]\((?P<target>[^()\s]+)\)"
)
INLINE_CODE = re.compile(r"(`+)(?:.*?)\1")
LEXERS = {".py": "python", ".toml": "toml", ".json": "json", ".md": "markdown"}


class Linker:
    """Rewrites links, and remembers which files of the repository need a page."""

    def __init__(self, ladder: Ladder) -> None:
        self.ladder = ladder
        self.steps = {step.name: step for step in ladder.steps}
        self.slugs = {step.slug: step for step in ladder.steps}
        # path below the root -> page that shows it
        self.shown: dict[str, str] = {}

    def rewrite(
        self, text: str, source: Path, page: str, drawn: tuple[str, ...] = ()
    ) -> str:
        """Rewrite all links of a text that is in `source` and goes to `page`.

        Pictures whose names are in `drawn` are left for the caller.
        """
        lines, fence = [], ""
        for line in text.split("\n"):
            mark = FENCE.match(line)
            if mark and not fence:
                fence = mark[1]
            elif mark and line.strip() == fence:
                fence = ""
            elif not fence:
                line = self.line(line, source, page, drawn)
            lines.append(line)
        return "\n".join(lines)

    def line(self, line: str, source: Path, page: str, drawn: tuple[str, ...]) -> str:
        code = [match.span() for match in INLINE_CODE.finditer(line)]

        def replace(match: re.Match[str]) -> str:
            if any(start < match.start() < end for start, end in code):
                return match[0]
            return self.link(match, source, page, drawn)

        return LINK.sub(replace, line)

    def link(
        self, match: re.Match[str], source: Path, page: str, drawn: tuple[str, ...]
    ) -> str:
        target = urlsplit(match["target"])
        if target.scheme or target.netloc or not target.path:
            return match[0]
        path = (source.parent / unquote(target.path)).resolve()
        if match["image"] and path.name in drawn:
            return match[0]
        if match["image"] and path.suffix == ".svg" and path.is_file():
            return inline(path)
        where = self.page_of(path, target.fragment)
        if where is None:
            return match[0]
        return f"{match['image']}[{match['text']}]({relative(where, page)})"

    def page_of(self, path: Path, fragment: str) -> str | None:
        """Find the page that shows a file; None leaves the link to the builder."""
        try:
            inside = PurePosixPath(path.relative_to(self.ladder.root).as_posix())
        except ValueError:
            return None
        if not path.exists():
            return None
        anchor = f"#{fragment}" if fragment else ""
        match inside.parts:
            case ("chapters", *rest):
                return "/".join(rest) + anchor
            case ("steps", name, *rest) if name in self.steps:
                return f"code/{self.steps[name].slug}.md{file_anchor(rest)}"
            case ("tests", name, *rest) if name in self.steps:
                return f"tests/{self.steps[name].slug}.md{file_anchor(rest)}"
            case ("exercises", slug, *rest) if slug in self.slugs:
                return f"exercises/{slug}.md{file_anchor(rest[:1])}"
            case ("notebooks", name):
                return f"notebooks/{PurePosixPath(name).stem}.md"
        return self.show(path, str(inside))

    def show(self, path: Path, inside: str) -> str | None:
        """Make a page for a file of the repository."""
        if path.is_dir():
            return None
        self.shown[inside] = f"files/{inside.strip('.')}.md"
        return self.shown[inside]

    def shown_files(self) -> dict[str, str | bytes]:
        """Make the pages of all files that something linked to."""
        return {
            page: shown_page(self.ladder.root / inside, inside)
            for inside, page in self.shown.items()
        }


def relative(target: str, page: str) -> str:
    """Write the link from one page of the site to another."""
    path, mark, fragment = target.partition("#")
    folder = str(PurePosixPath(page).parent)
    return relpath(path, folder).replace("\\", "/") + mark + fragment


def file_anchor(rest: list[str]) -> str:
    return "#" + anchor("/".join(rest)) if rest else ""


def inline(path: Path) -> str:
    """Put a drawing into the page, so that it follows the page's colours."""
    svg = path.read_text(encoding="utf-8")
    svg = svg[svg.index("<svg") :]
    # Markdown would end raw HTML at an empty line
    svg = "\n".join(line for line in svg.splitlines() if line.strip())
    return f'<figure class="drawing" {LEFT_OUT}>\n{svg}\n</figure>'


def shown_page(path: Path, inside: str) -> str:
    """Make a page that shows one file of the repository as it is."""
    text = path.read_text(encoding="utf-8")
    lexer = LEXERS.get(path.suffix, "text")
    matter = f"---\ntitle: {path.name}\nsearch:\n  exclude: true\n---\n"
    return f"{matter}# `{path.name}`\n\n{fenced(text, lexer, inside)}\n"


def fenced(text: str, language: str, title: str = "") -> str:
    """Put a text into a fence that is longer than any in the text."""
    longest = max((len(run) for run in re.findall(r"`{3,}", text)), default=2)
    marks = "`" * (longest + 1)
    named = f' title="{title}"' if title else ""
    return f"{marks}{language}{named}\n{text.rstrip(chr(10))}\n{marks}\n"
