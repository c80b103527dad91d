"""The Markdown of the site: every page, made from the chapters and the steps.

Pages behind a chapter (what changed, code, tests, notebook, exercises) are
written by `step_pages`, what is on the front page by `front_page`, links by `links`.
"""

import ast
import json
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from costrel.core.ladder import Ladder, Problem, Step
from costrel.core.plan import Plan, read_plan
from costrel.core.reader_folder import is_framework
from costrel.core.symbols import DEFINITIONS
from costrel.live import site_files
from costrel.site import asvs, flask_pages, front_page, links, search, step_pages
from costrel.site.front_picture import portrait
from costrel.workshop import interface

# the pages of the book that are no chapters, and their names in the navigation
# the page before the first chapter, and what the navigation calls it
ZERO = ("workshop", "0. Your own framework")
EXTRA = {
    "glossary": "Glossary",
    "versions": "Versions",
    "performance": "Performance",
    "flask-api": "Flask's API",
}
# pages of numbers, which are no prose to search
FIGURES = ("versions", "performance")
# the page behind a chapter in the navigation, by the step's number
BEHIND = {
    13: ("flask-0.1", "Looking back"),
    20: ("flask-3.1", "The Flask moment"),
}
FEED = '\n<p><a href="feed_rss_created.xml">The feed of the chapters</a> (RSS)</p>\n'
WREN = "<!-- wren -->"
PICTURE = "assets/wren.svg"
H1 = re.compile(r"^# .*\n", re.M)
# the head of a difference whose title is a path of the reader's folder
TYPED_DIFF = re.compile(
    r'^ *```diff title="(?:framework/|demo\.py|extensions/|templates/|static/)[^"]*"',
    re.MULTILINE,
)
REGION = re.compile(
    r"<!-- (card|cost|map|failure|leftovers) -->\n(.*?)<!-- /\1 -->", re.S
)


def collect(
    ladder: Ladder, in_browser: bool = False, fresh: bool = False
) -> dict[str, str | bytes]:
    """Make every file that the site is built from, by its path below the docs.

    `in_browser` adds the step to run to each chapter, if the browser's part is built;
    `fresh` plays notebooks again whose step has changed.
    """
    plan = read_plan(ladder)
    linker = links.Linker(ladder)
    files: dict[str, str | bytes] = dict(assets(ladder))
    front_text = index_page(ladder, plan, linker, in_browser)
    files |= {"index.md": front_text, **wren(ladder, front_text, in_browser)}
    for step in ladder.written:
        files[f"{step.slug}.md"] = chapter(
            plan, step, ladder.before(step), linker, in_browser
        )
    for step in ladder.steps:
        files |= step_pages.pages(ladder, step, linker, in_browser, fresh)
    for name in (ZERO[0], *EXTRA, *(name for name, _ in BEHIND.values())):
        page = ladder.root / "chapters" / f"{name}.md"
        if page.is_file():
            text = linker.rewrite(text_of(page), page, page.name)
            files[page.name] = search.by_title(text) if name in FIGURES else text
    files |= reference(ladder.newest)
    files |= flask_pages.pages(ladder, plan)
    files |= asvs.pages(ladder)
    return files | linker.shown_files()


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def assets(ladder: Ladder) -> dict[str, bytes]:
    """Collect pictures, and the theme's style sheet, script and logo."""
    found = {}
    for folder, target in (("chapters/assets", "assets"), ("theme", "theme")):
        for path in sorted((ladder.root / folder).rglob("*")):
            if path.is_file() and path.parent.name != "templates":
                name = path.relative_to(ladder.root / folder).as_posix()
                found[f"{target}/{name}"] = path.read_bytes()
    return found


# --- chapters


def chapter(
    plan: Plan,
    step: Step,
    before: Step | None,
    linker: links.Linker,
    in_browser: bool = False,
) -> str:
    """Make a chapter's page: its text, framed by its place and what is behind it."""
    matter, text = split_matter(text_of(step.chapter))
    text = linker.rewrite(text, step.chapter, f"{step.slug}.md")
    text = owned(text, step)
    text = REGION.sub(region, site_files.placed(text, step) if in_browser else text)
    text = H1.sub(rf"\g<0>\n{place_line(plan, step)}\n", text, count=1)
    matter = chapter_matter(matter, plan, step, before)
    return f"{matter}\n{text}\n{step_pages.links(step)}"


def chapter_matter(matter: str, plan: Plan, step: Step, before: Step | None) -> str:
    """Put a chapter's topic into its title, and say what search finds it by."""
    kept = [line for line in matter.splitlines()[1:-1] if line[:6] != "title:"]
    title = page_title(plan.title(step), chapter_title(step))
    title = json.dumps(title, ensure_ascii=False)
    found = search.chapter_matter(plan, step, before)
    return "\n".join(["---", f"title: {title}", *kept, found, "---\n"])


def page_title(topic: str, title: str) -> str:
    """Return a chapter's title with its topic in front, unless it leads with that."""
    return title if title.startswith(topic.partition(" ")[0]) else f"{topic}: {title}"


def owned(text: str, step: Step) -> str:
    """Let each difference of the reader's file know whose it is, to be colored."""
    return TYPED_DIFF.sub(rf'\g<0> of="{step.name}"', text)


def split_matter(text: str) -> tuple[str, str]:
    """Split a page into its front matter, marks included, and its text."""
    if match := re.match(r"---\n.*?\n---\n", text, re.S):
        return match[0], text[match.end() :]
    return "", text


def matter_value(text: str, name: str) -> str:
    """Return one line of a page's front matter, or an empty string."""
    found = re.search(rf"^{name}:[ ]*(.*)$", split_matter(text)[0], re.M)
    return found[1].strip().strip("\"'") if found else ""


def region(match: re.Match[str]) -> str:
    """Wrap a generated region, so that the style sheet can find it."""
    attributes = f'class="{match[1]}" {search.LEFT_OUT} markdown="1"'
    return f"<section {attributes}>\n\n{match[2]}\n</section>\n"


def place_line(plan: Plan, step: Step) -> str:
    part = plan.part_of(step)
    named = f"Part {part['number']} · {part['title']}" if part else ""
    return (
        f'<p class="place-line"><span>{named}</span>'
        f" <span>Step {step.number} of {plan.total}</span></p>"
    )


def chapter_title(step: Step) -> str:
    return matter_value(text_of(step.chapter), "title") or step.topic.capitalize()


def index_page(
    ladder: Ladder, plan: Plan, linker: links.Linker, in_browser: bool = False
) -> str:
    """Make the front page, with the ladder drawn in place of its picture."""
    page = ladder.root / "chapters" / "index.md"
    if not page.is_file():
        raise Problem(f"The front page {page} is missing.")
    titles = {step.name: chapter_title(step) for step in ladder.written}
    text = linker.rewrite(text_of(page), page, "index.md", drawn=("ladder.svg",))
    drawn = front_page.drawing(ladder, plan.parts, titles)
    listed = front_page.listing(ladder, plan.parts, titles)
    text = re.sub(r"!\[[^\]]*\]\(assets/ladder\.svg\)", lambda _: drawn, text)
    first = next(iter(ladder.written), None)
    invited = site_files.invitation(first) if in_browser and first else ""
    text = text.replace("<!-- live -->", invited)
    return text.replace("<!-- steps -->", listed + FEED)


def wren(ladder: Ladder, page: str, in_browser: bool) -> dict[str, str | bytes]:
    """Replace the front page's mark with a picture of what readers will have built."""
    if WREN not in page:
        return {}
    found = portrait(ladder)
    shown = front_page.built(ladder, found, PICTURE, in_browser)
    return {"index.md": page.replace(WREN, shown), PICTURE: found.svg}


# --- reference


def reference(step: Step) -> dict[str, str]:
    """Make the reference of a step from its docstrings, a page for each module."""
    modules = list(public_modules(step))
    title = f"Reference of step {step.number}"
    head = f"Made from the docstrings of `{step.name}`, the newest step."
    words = f"Every public name of {step.name}, from its docstrings."
    rows = [
        f"| [`{module}`](reference/{module}.md) | {linked(step, module, names)} |"
        for module, names in modules
    ]
    table = ["## Modules", "", "| module | defines |", "|---|---|", *rows]
    lines = [*matter(title, words), "", head, "", *table, *plain_names(step)]
    files = {"reference.md": "\n".join(lines) + "\n"}
    for module, _ in modules:
        title = f"`{module}` in step {step.number}"
        words = f"The module {module} of {step.name}, from its docstrings."
        shown = [f"::: {step.name}.{module}", "    options:"]
        lines = [*matter(title, words), "", *shown, "      show_root_heading: false"]
        files[f"reference/{module}.md"] = "\n".join(lines) + "\n"
    return files


def matter(title: str, description: str) -> list[str]:
    """Return a page's front matter and its title."""
    plain = title.replace("`", "")
    described = ["---", f"title: {plain}", f"description: {description}", "---"]
    return [*described, f"# {title}"]


def public_modules(step: Step) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each module of a step's framework with what it defines for its users."""
    for path in step.files():
        if path.suffix == ".py" and is_framework(path.as_posix()):
            parts = path.with_suffix("").parts
            module = ".".join(part for part in parts if part != "__init__")
            if module:
                yield module, documented(text_of(step.package / path))


@lru_cache(maxsize=128)
def documented(text: str) -> tuple[str, ...]:
    """Return what a module defines for its users: its names with a docstring."""
    nodes = [node for node in ast.parse(text).body if isinstance(node, DEFINITIONS)]
    described = [node for node in nodes if ast.get_docstring(node)]
    return tuple(node.name for node in described if not node.name.startswith("_"))


def linked(step: Step, module: str, names: tuple[str, ...]) -> str:
    """Return a module's names, each as a link to what the reference says of it."""
    page = f"reference/{module}.md#{step.name}.{module}"
    return ", ".join(f"[`{name}`]({page}.{name})" for name in names)


def plain_names(step: Step) -> Iterator[str]:
    """Describe the exports that have no docstring: proxies, signals and the like."""
    missing = search.names(step) - defined(step)
    entries = [entry for entry in interface.entries(step) if entry.name in missing]
    if entries:
        yield "\n## Objects to import { #objects }\n"
        yield "In a signal's brackets is what a listener gets besides the sender.\n"
    for entry in entries:
        yield f"### `{entry.name}` {{ #{entry.name} }}\n\n{entry.words}\n"


def defined(step: Step) -> set[str]:
    """Return the names of all functions and classes at the top of a step's modules."""
    modules = [path for path in step.files() if path.suffix == ".py"]
    texts = [text_of(step.package / path) for path in modules]
    return {name for text in texts for name in definitions(text)}


@lru_cache(maxsize=128)
def definitions(text: str) -> tuple[str, ...]:
    """Return the names of the functions and classes at the top of a module."""
    body = ast.parse(text).body
    return tuple(node.name for node in body if isinstance(node, DEFINITIONS))


# --- navigation


def entries(ladder: Ladder, plan: Plan, step: Step) -> Iterator[dict[str, str]]:
    """Return the navigation entries of a chapter and of the page behind it."""
    yield {f"{step.number}. {plan.title(step)}": f"{step.slug}.md"}
    name, title = BEHIND.get(step.number, ("", ""))
    if name and (ladder.root / "chapters" / f"{name}.md").is_file():
        yield {title: f"{name}.md"}


def navigation(ladder: Ladder) -> list[object]:
    """List the pages in their order, in the parts that the navigation shows."""
    plan = read_plan(ladder)
    chapters: list[object] = []
    if (ladder.root / "chapters" / f"{ZERO[0]}.md").is_file():
        chapters.append({ZERO[1]: f"{ZERO[0]}.md"})
    for part in plan.parts:
        pages = [
            entry
            for step in ladder.written
            if plan.part_of(step) == part
            for entry in entries(ladder, plan, step)
        ]
        if pages:
            chapters.append({f"{part['number']}. {part['title']}": pages})
    steps = [
        {f"{step.number}. {plan.title(step)}": step_pages.navigation(step)}
        for step in ladder.steps
    ]
    extra = [
        {title: f"{name}.md"}
        for name, title in EXTRA.items()
        if (ladder.root / "chapters" / f"{name}.md").is_file()
    ]
    modules = [
        {module: f"reference/{module}.md"}
        for module, _ in public_modules(ladder.newest)
    ]
    return [
        {"The ladder": "index.md"},
        *([{"Chapters": chapters}] if chapters else []),
        {"Behind the chapters": steps},
        {
            "Reference": [
                "reference.md",
                {"By module": modules},
                *flask_pages.navigation(ladder, plan),
                *asvs.navigation(ladder),
                *extra,
            ]
        },
    ]
