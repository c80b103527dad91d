"""What the checks need to know of a Markdown file: front matter, prose, links.

What a chapter must have is `chapters`' matter, where a link leads `links`'.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

FRONT_MATTER = re.compile(r"\A---\n(.*?)\n---\n", re.S)
REGION = re.compile(r"^<!-- (\w+) -->\n(.*?)^<!-- /\1 -->$", re.M | re.S)
HTML_LINK = re.compile(r"""<(?:a|img)\b[^>]*?\b(?:href|src)=["']([^"']+)["']""", re.I)
HTML_IMAGE = re.compile(r"<img\b[^>]*>", re.I)
HTML_ID = re.compile(r"""\bid=["']([^"']+)["']""", re.I)
HEADING_ID = re.compile(r"\s*\{[^}]*#([\w-]+)[^}]*\}\s*$")


@dataclass(frozen=True)
class Link:
    """A link or a picture, and the first line of its paragraph."""

    line: int
    target: str
    # a picture's alt text; None for a link
    alt: str | None = None


@dataclass(frozen=True)
class Heading:
    line: int
    level: int
    text: str


class Text:
    """A Markdown text; line numbers count from 1 in its file."""

    def __init__(self, text: str) -> None:
        self.text = text.replace("\r\n", "\n")

    @cached_property
    def front_matter(self) -> dict[str, str]:
        """The lines `name: value` before the text."""
        match = FRONT_MATTER.match(self.text)
        lines = match[1].splitlines() if match else []
        pairs = [line.partition(":") for line in lines if ":" in line]
        return {name.strip(): value.strip(" \"'") for name, _, value in pairs}

    @cached_property
    def regions(self) -> dict[str, str]:
        """The generated regions: name -> content."""
        return {match[1]: match[2] for match in REGION.finditer(self.text)}

    @cached_property
    def tokens(self) -> list[Token]:
        return (
            MarkdownIt("commonmark")
            .enable("table")
            .parse(FRONT_MATTER.sub(emptied, self.text))
        )

    @cached_property
    def written(self) -> "Text":
        """The text as its author wrote it, without the generated regions."""
        return Text(REGION.sub(emptied, self.text))

    @cached_property
    def headings(self) -> list[Heading]:
        return [
            Heading(line_of(token), int(token.tag[1:]), plain(after))
            for token, after in zip(self.tokens, self.tokens[1:], strict=False)
            if token.type == "heading_open"
        ]

    def section(self, heading: Heading) -> str:
        """Return the lines below a heading, up to the next of its level or above."""
        lines = self.text.splitlines()
        ends = [
            other.line
            for other in self.headings
            if other.line > heading.line and other.level <= heading.level
        ]
        return "\n".join(lines[heading.line : (ends or [len(lines) + 1])[0] - 1])

    @cached_property
    def anchors(self) -> set[str]:
        """The anchors that a link may name, as code hosts make them."""
        found: set[str] = set(HTML_ID.findall(self.text))
        for heading in self.headings:
            named = HEADING_ID.search(heading.text)
            found.add(unused(named[1] if named else slug(heading.text), found))
        return found

    def prose(self) -> Iterator[tuple[int, str]]:
        """Return the words outside of code, each line with its number."""
        for token in self.tokens:
            if token.type == "inline":
                line = line_of(token)
                for child in token.children or []:
                    if child.type == "text":
                        yield line, child.content
                    line += child.type in ("softbreak", "hardbreak")

    def links(self) -> Iterator[Link]:
        for token in self.tokens:
            if token.type == "inline":
                yield from links_in(token)
            if token.type == "html_block":
                yield from html_links(line_of(token), token.content)


def emptied(match: re.Match[str]) -> str:
    """Replace a match by as many empty lines, so that line numbers stay."""
    return "\n" * match[0].count("\n")


def line_of(token: Token) -> int:
    return token.map[0] + 1 if token.map else 0


def plain(inline: Token) -> str:
    """Return a heading's text without its markup."""
    parts = [child.content for child in inline.children or []]
    return "".join(parts)


def links_in(token: Token) -> Iterator[Link]:
    line = line_of(token)
    for child in token.children or []:
        if child.type == "link_open":
            yield Link(line, str(child.attrs["href"]))
        elif child.type == "image":
            yield Link(line, str(child.attrs["src"]), child.content)
        elif child.type == "html_inline":
            yield from html_links(line, child.content)
        line += child.type in ("softbreak", "hardbreak")


def html_links(line: int, html: str) -> Iterator[Link]:
    images = HTML_IMAGE.findall(html)
    for image in images:
        alt = re.search(r"""\balt=(["'])(.*?)\1""", image)
        source = HTML_LINK.search(image)
        yield Link(line, source[1] if source else "", alt[2] if alt else "")
    for target in HTML_LINK.findall(HTML_IMAGE.sub("", html)):
        yield Link(line, target)


def slug(heading: str) -> str:
    """Make a heading's anchor, as GitHub does."""
    kept = re.sub(r"[^\w\- ]", "", heading.strip().lower())
    return kept.replace(" ", "-")


def unused(name: str, used: set[str]) -> str:
    number, result = 0, name
    while result in used:
        number += 1
        result = f"{name}-{number}"
    return result


def read_markdown(path: Path) -> Text:
    """Read a Markdown file, or the Markdown cells of a notebook as one text."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".ipynb":
        return Text(text)
    cells: list[dict[str, Any]] = json.loads(text)["cells"]
    markdown = [cell["source"] for cell in cells if cell["cell_type"] == "markdown"]
    return Text("\n\n".join("".join(source) for source in markdown))
