"""The regions of a chapter that are generated: card, cost, map and failure.

What a card counts is `card`'s matter, what was measured `measure`'s, what a map
shows `map`'s; the leftovers are `explained`'s.
"""

import re
from collections.abc import Iterator

from costrel.chapter import Chapter, Report, first_difference
from costrel.ladder import Ladder, Problem, Step
from costrel.wildcards import softened

# what a reader types to see the failure: the first one, told shortly
OPTIONS = ["-x", "--tb=short", "-m", "not attack"]
TITLE = re.compile(r"_{2,} (?!summary)\S.* _{2,}")
FRAME = re.compile(r"\S+:\d+: in \S+")
# so many lines of an error are shown
MOST = 5


def compare_region(
    chapter: Chapter, name: str, want: list[str], report: Report
) -> None:
    """Compare a generated region, if the chapter has it."""
    region = chapter.regions.get(name)
    if region is None or region.body == want:
        return
    index, what = first_difference(region.body, want)
    finding = chapter.finding(region.line + 1 + index, f"{name}: {what}")
    report.replace(finding, region.line, region.end, want)


def card(ladder: Ladder, step: Step, chapter: Chapter, text: str) -> Report:
    """Compare the change card with what the step and the woven text amount to."""
    from costrel.card import Card

    report = Report()
    if "card" in chapter.regions:
        want = Card(ladder, step, text).lines()
        compare_region(chapter, "card", ["", *want, ""], report)
    return report


def cost(ladder: Ladder, step: Step, chapter: Chapter) -> Report:
    """Compare what the step costs with what was measured last."""
    report = Report()
    region = chapter.regions.get("cost")
    if region is None:
        return report
    from costrel.measure import cost_text

    try:
        want = cost_text(ladder, step).splitlines()
    except Problem as problem:
        finding = chapter.finding(region.line, f"cost: {problem.message}")
        report.problems.append(finding)
        return report
    compare_region(chapter, "cost", ["", *want, ""], report)
    return report


def picture(ladder: Ladder, step: Step, chapter: Chapter) -> Report:
    """Compare the map's file and its link with a map drawn now."""
    report = Report()
    region = chapter.regions.get("map")
    if region is None:
        return report
    from costrel.map import draw

    try:
        drawing, alt = draw(ladder, step)
    except Problem as problem:
        finding = chapter.finding(region.line, f"map: {problem.message}")
        report.problems.append(finding)
        return report
    name = f"assets/map-{step.number:02}.svg"
    path = chapter.path.parent / name
    if not path.is_file() or path.read_text(encoding="utf-8") != drawing:
        message = f"map: chapters/{name} is not what `costrel.map` draws now"
        report.differences.append(chapter.finding(region.line, message))
        report.files[path] = drawing
    link = f"![{' '.join(alt.split())}]({name})"
    compare_region(chapter, "map", ["", link, ""], report)
    return report


def failure(ladder: Ladder, step: Step, chapter: Chapter) -> Report:
    """Compare the first failure on the step before with the one that is shown."""
    report = Report()
    region = chapter.regions.get("failure")
    if region is None:
        return report
    before = ladder.before(step)
    if before is None:
        message = "failure: the first step has no step before: remove the region"
        report.problems.append(chapter.finding(region.line, message))
        return report
    output = run_against(ladder, step, before)
    told = [softened(line) for line in telling(output)]
    if not told:
        message = (
            f"failure: no test of {step.name} fails on {before.name};"
            f" pytest ended with {' '.join(output[-1:])!r}"
        )
        report.problems.append(chapter.finding(region.line, message))
        return report
    options = " ".join(f'"{each}"' if " " in each else each for each in OPTIONS)
    typed = f"$ costrel test {step.number} --against {before.number} -- {options}"
    want = ["", "```console", typed, "…", *told, "…", "```", ""]
    compare_region(chapter, "failure", want, report)
    return report


def run_against(ladder: Ladder, step: Step, before: Step) -> list[str]:
    from costrel.stage import opened

    arguments = [str(step.tests), f"--against={before.name}", *OPTIONS]
    with opened(ladder.root, []) as stage:
        return stage.tests(arguments)


def telling(output: list[str]) -> Iterator[str]:
    """Take the telling lines of the first failure: its test, its line, its error."""
    told = section(output)
    if not told:
        return
    yield f"____ {told[0].strip('_ ')} ____"
    frames = [n for n, line in enumerate(told) if FRAME.fullmatch(line)]
    errors = [n for n, line in enumerate(told) if line.startswith("E  ")]
    if not frames or not errors:
        yield from told[1 : MOST + 1]
        return
    end = min(frames[1:] + errors)
    yield from told[frames[0] : end]
    if len(frames) > 1:
        yield "…"
    yield from [told[n] for n in errors if told[n].strip() != "E"][:MOST]


def section(output: list[str]) -> list[str]:
    """Cut out what pytest says of the first failed test."""
    starts = [n for n, line in enumerate(output) if TITLE.fullmatch(line)]
    if not starts:
        return []
    end = starts[0] + 1
    while end < len(output) and not is_heading(output[end]):
        end += 1
    return [line for line in output[starts[0] : end] if line]


def is_heading(line: str) -> bool:
    return line.startswith("====") or bool(TITLE.fullmatch(line))
