"""The links that `check` shows lead to places that the site has."""

import re

from costrel.core.ladder import Ladder, find_root
from costrel.workshop.explain import teaching
from costrel.workshop.explain.lesson import SITE, Teacher

LADDER = Ladder(find_root())


def test_each_failure_links_to_a_section_that_is_there(folder):
    missing = []
    teacher = Teacher(LADDER, "mine", folder)
    for step in LADDER.steps:
        page = (folder / f"{step.slug}.html").read_text(encoding="utf-8")
        places = set(re.findall(r'\bid="([^"]+)"', page))
        for behaviour in teaching.read_teaching(step).behaviours:
            path, _, anchor = teacher.address(step, behaviour.section).partition("#")
            assert path == f"{SITE}/{step.slug}.html"
            if anchor not in places:
                missing.append(f"{step.slug}: {behaviour.section!r}")

    assert not missing


def test_each_exercise_links_to_its_task(folder):
    missing = []
    teacher = Teacher(LADDER, "mine", folder)
    for path in sorted(LADDER.root.glob("exercises/*/*/task.md")):
        address = teacher.exercise_address(path.parent)
        page, _, anchor = address.removeprefix(f"{SITE}/").partition("#")
        if f'id="{anchor}"' not in (folder / page).read_text(encoding="utf-8"):
            missing.append(address)

    assert not missing
