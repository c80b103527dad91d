"""What a step costs, in the sentences that its chapter says it in."""

from costrel.core.ladder import Ladder, Step
from costrel.measure.measuring import Data, cost, is_draft


def cost_text(ladder: Ladder, step: Step) -> str:
    """Write the sentences of a chapter on what its step costs, in Markdown."""
    if is_draft(ladder, step):
        return "What it costs has not been measured yet.\n"
    costs = cost(ladder, step)
    sentences = [size_sentence(costs), hello_sentence(costs, step)]
    if costs["first_here"]:
        sentences.append(first_sentence(costs["first_here"]))
    link = "[How this is measured](performance.md)."
    return "\n".join([*sentences, link]) + "\n"


def size_sentence(costs: Data) -> str:
    lines, before = costs["lines"], costs["lines_before"]
    if not before:
        return f"The framework has {lines} lines of code."
    if lines == before:
        return f"The framework still has {lines} lines of code."
    word = "grows" if lines > before else "shrinks"
    change = abs(lines - before)
    return f"The framework {word} by {change} lines of code, from {before} to {lines}."


def hello_sentence(costs: Data, step: Step) -> str:
    """Compare with the step before, but only where the figures tell them apart."""
    now, before = costs["hello"], costs["hello_before"]
    sentence = (
        f"A hello-world request takes {percent(now)} of the time it takes in Flask"
    )
    if not before:
        return f"{sentence}."
    last = f"step {step.number - 1}"
    if percent(now) == percent(before):
        return f"{sentence}, as in {last}."
    if now["low"] <= before["high"] and before["low"] <= now["high"]:
        return f"{sentence}. ({last.capitalize()}: {percent(before)}, but noisy.)"
    return f"{sentence}; in {last} it was {percent(before)}."


def first_sentence(first: dict[str, dict[str, float]]) -> str:
    listed = [f"{title}: {percent(figure)}" for title, figure in first.items()]
    return f"Other requests, compared the same way: {'; '.join(listed)}."


def percent(figure: dict[str, float]) -> str:
    return f"{figure['ratio']:.0%}"
