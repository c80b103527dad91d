"""Say in plain words how attacks went."""

from collections.abc import Iterable, Iterator

from rich.text import Text

from costrel.live.engine.visitor import Hop
from costrel.workshop.screen import escape, indented, say

from .making import AttackOutcome

GREEN, BREACHED, UNCLEAR = 0, 1, 3
# characters of a body that are shown
SHOWN = 1500


def show(outcomes: Iterable[AttackOutcome], target: str, in_full: bool) -> int:
    """Print each outcome as it comes, and a sum; return the exit code."""
    say(f"[bold]{escape(target)}[/]")
    seen = []
    for outcome in outcomes:
        seen.append(outcome)
        show_outcome(outcome, in_full)
    say()
    say(summary(seen))
    return exit_code(seen)


def show_outcome(outcome: AttackOutcome, in_full: bool) -> None:
    mark, verdict, meaning = judged(outcome)
    say()
    say(f"{mark} [bold]{escape(outcome.attack.title)}[/]: {verdict}")
    if in_full:
        paragraph(outcome.attack.story.strip(), "dim")
    paragraph(meaning)
    if in_full:
        for hop in outcome.hops:
            for line in lines_of(hop):
                say(f"  [dim]{escape(line)}[/]")


def judged(outcome: AttackOutcome) -> tuple[str, str, str]:
    """Return an outcome's mark, its verdict, and what that means."""
    attack = outcome.attack
    if outcome.skipped:
        return "[dim]-[/]", "not tried", capitalized(outcome.why)
    if outcome.got_in is None:
        return "[bold yellow]?[/]", "nobody can tell", capitalized(outcome.why)
    if outcome.got_in:
        return "[bold red]✗[/]", "it got in", attack.breach
    return "[bold green]✓[/]", "it was held off", attack.defense


def capitalized(text: str) -> str:
    sentence = text if text.endswith((".", "…")) else f"{text}."
    return sentence[:1].upper() + sentence[1:]


def paragraph(text: str, style: str = "") -> None:
    indented(Text(text, style=style), Text("  "))


def lines_of(hop: Hop) -> Iterator[str]:
    """List the lines of a request and of its response."""
    request = hop.request
    yield ""
    yield f"> {request.line}"
    yield from (f"> {name}: {value}" for name, value in request.headers)
    yield from begun(request.body.decode(errors="replace"), "> ")
    yield from begun(hop.answer.wire, "< ")
    if hop.note:
        yield hop.note


def begun(text: str, sign: str) -> Iterator[str]:
    """List the first lines of a text, each behind a sign."""
    shown = text[:SHOWN] + ("…" if len(text) > SHOWN else "")
    yield from (f"{sign}{line}".rstrip() for line in shown.splitlines())


def summary(outcomes: list[AttackOutcome]) -> str:
    """Say in a sentence whether somebody got in."""
    judged = [each for each in outcomes if each.got_in is not None]
    if not judged:
        return "No attack came to its end, so this says nothing."
    inside = sum(each.got_in is True for each in judged)
    who = "Somebody" if inside else "Nobody"
    text = f"{who} got in: {inside} of {len(judged)} attacks worked."
    if rest := len(outcomes) - len(judged):
        text += f" Of {rest} more, this says nothing."
    return text


def exit_code(outcomes: list[AttackOutcome]) -> int:
    """Return what the command ends with: that somebody got in comes first."""
    if any(each.got_in for each in outcomes):
        return BREACHED
    unclear = any(each.got_in is None and not each.skipped for each in outcomes)
    return UNCLEAR if unclear else GREEN
