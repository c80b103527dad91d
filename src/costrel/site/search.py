"""What the site's search finds a page by.

A chapter is found by its topic, by the names that its step brings, and by its prose.
A generated page is found by its title alone: its text would drown the chapters, and
each page of the site loads what can be found.
"""

import json
import re
from pathlib import Path

from costrel.core.counts import exports
from costrel.core.ladder import Step
from costrel.core.plan import Plan

# for an element whose text is not searched
LEFT_OUT = 'data-search-exclude="true"'
HEADING = re.compile(r"(#{2,6} .*?)(?: \{ (#[\w-]+) \})?$")
# blocks that the site does not draw itself, and the looks of single words
MARKUP = re.compile(r"<pre>.*?</pre>|</?code>", re.S)
FENCE = re.compile(r"(`{3,}|~{3,})")


def chapter_matter(plan: Plan, step: Step, before: Step | None) -> str:
    """Return the lines of a chapter's front matter that search goes by."""
    found = json.dumps(topics(plan, step, before), ensure_ascii=False)
    return f"tags: {found}\nsearch:\n  boost: 2"


def topics(plan: Plan, step: Step, before: Step | None) -> list[str]:
    """List what a chapter is about: its topic, and the names that its step brings."""
    known = names(before) if before else set()
    return [*plan.topics(step), *sorted(names(step) - known)]


def names(step: Step) -> set[str]:
    init = step.package / "__init__.py"
    return set(exports(init.read_text(encoding="utf-8")))


def by_title(page: str) -> str:
    """Leave all sections of a page out of the search, so that its title remains."""
    lines, fence = [], ""
    for line in page.split("\n"):
        mark = FENCE.match(line)
        if mark and not fence:
            fence = mark[1]
        elif mark and line.strip() == fence:
            fence = ""
        elif not fence and (match := HEADING.fullmatch(line)):
            line = f"{match[1]} {{ {f'{match[2]} ' if match[2] else ''}{LEFT_OUT} }}"
        lines.append(line)
    return "\n".join(lines)


def shrink(file: Path) -> None:
    """Take out of a built index what no search needs: it is loaded with each page.

    Tags are for the top of a page; its sections have them from the builder as well.
    """
    index = json.loads(file.read_text(encoding="utf-8"))
    for entry in index["docs"]:
        entry["text"] = MARKUP.sub("", entry["text"])
        if "#" in entry["location"]:
            entry.pop("tags", None)
    text = json.dumps(index, separators=(",", ":"), ensure_ascii=False)
    file.write_text(text, encoding="utf-8")
