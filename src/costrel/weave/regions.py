"""The regions of a chapter that are generated: card, cost and map.

What a card counts is the matter of `change_card`, what it costs that of `cost`,
what a map shows that of `map_picture`; the leftovers are in `leftovers`.
"""

from costrel.core.chapter import Chapter, Report, first_difference
from costrel.core.ladder import Ladder, Problem, Step


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
    from costrel.weave.change_card import Card

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
    from costrel.weave.cost import cost_text

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
    from costrel.weave.map.map_picture import draw

    try:
        drawing, alt = draw(ladder, step)
    except Problem as problem:
        finding = chapter.finding(region.line, f"map: {problem.message}")
        report.problems.append(finding)
        return report
    name = f"assets/map-{step.number:02}.svg"
    path = chapter.path.parent / name
    if not path.is_file() or path.read_text(encoding="utf-8") != drawing:
        message = f"map: chapters/{name} is not the map as it is drawn now"
        report.differences.append(chapter.finding(region.line, message))
        report.files[path] = drawing
    link = f"![{' '.join(alt.split())}]({name})"
    compare_region(chapter, "map", ["", link, ""], report)
    return report
