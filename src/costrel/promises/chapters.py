"""Chapters have their parts and can be read in one sitting.

What makes one good to read, its shape and its language, no check can tell: that takes
readers.
"""

import re
from collections.abc import Iterator

from costrel.core.ladder import Step
from costrel.core.markdown import Heading, Text, read_markdown
from costrel.weave.change_card import minutes

FRONT_MATTER = ("title", "description", "date")
REGIONS = ("card", "cost", "leftovers")
EXERCISE = re.compile(r"\(\.\./exercises/([\w-]+)/([\w-]+)/task\.md\)")
EXERCISES_WANTED = 2
# without what is folded
MINUTES = 30
# the head of a block that is typed into the reader's files
TYPED = re.compile(r'^```\w+ title="(framework/|demo\.py)', re.MULTILINE)
# a summary is HTML, in which Markdown means nothing
MARKED = re.compile(r"<summary>.*`.*</summary>")


def missing_parts(step: Step) -> list[str]:
    """Return what a chapter lacks."""
    name = f"chapters/{step.slug}.md"
    if not step.chapter.is_file():
        return [f"{name}: is missing"]
    text = read_markdown(step.chapter)
    checks = (
        lacks_frame(text),
        lacks_exercises(text.written, step),
        takes_too_long(text),
        is_not_typed(text),
        marks_a_summary(text),
    )
    return [f"{name}{complaint}" for check in checks for complaint in check]


def lacks_frame(text: Text) -> Iterator[str]:
    """Look for the front matter, the one title and the generated regions."""
    for key in FRONT_MATTER:
        if not text.front_matter.get(key):
            yield f":1: the front matter has no {key}"
    titles = [heading for heading in text.headings if heading.level == 1]
    if len(titles) != 1:
        yield f":1: it has {len(titles)} titles (`# …`), not one"
    for region in REGIONS:
        if not text.regions.get(region, "").strip():
            yield f":1: the region <!-- {region} --> is missing or empty"
    if titles and not below_title(text, titles[0]).startswith("<!-- card -->"):
        yield f":{titles[0].line}: the card is not right below the title"


def below_title(text: Text, title: Heading) -> str:
    return "\n".join(text.text.splitlines()[title.line :]).lstrip()


def lacks_exercises(text: Text, step: Step) -> Iterator[str]:
    """Compare the exercises that are linked with the folders that exist."""
    linked = {name for slug, name in EXERCISE.findall(text.text) if slug == step.slug}
    there = {path.parent.name for path in step.exercises.glob("*/task.md")}
    if len(linked & there) < EXERCISES_WANTED:
        yield (
            f":1: links to {len(linked & there)} of its exercises,"
            f" at least {EXERCISES_WANTED} are wanted"
        )
    for name in sorted(there - linked):
        yield f":1: does not link to the exercise {name!r}"


def takes_too_long(text: Text) -> Iterator[str]:
    """Complain of a main line that takes longer than a sitting."""
    needed = minutes(text.text)
    if needed > MINUTES:
        yield (
            f":1: reads in {needed} minutes, and {MINUTES} are the most: fold an aside"
            " (<details>), move it into an exercise, or cut"
        )


def is_not_typed(text: Text) -> Iterator[str]:
    """Complain of a chapter whose blocks nobody types, for then it isn't replayed."""
    if not TYPED.search(text.text):
        yield ":1: no block goes into `framework/` or `demo.py`, so nothing is replayed"


def marks_a_summary(text: Text) -> Iterator[str]:
    """Complain of backticks in a summary: the page shows them as they are."""
    for number, line in enumerate(text.text.splitlines(), 1):
        if MARKED.search(line):
            yield f":{number}: write <code>…</code> in a summary, not `…`"
