"""The verb `hint`: one more hint for the failure that `check` shows."""

import click

from costrel.core.calls import typed_there
from costrel.workshop import options, screen
from costrel.workshop.checker import Checker
from costrel.workshop.explain.lesson import Lesson

EPILOG = """\b
Examples:
  costrel hint            one more hint
  costrel hint --again    those that were given, once more
"""


@click.command(epilog=EPILOG)
@options.folder
@click.option("--again", is_flag=True, help="Show the hints that were given.")
def command(folder: str | None, again: bool) -> None:
    """Show one more hint for the first failure; each behavior has three.

    The first is a question, the last is nearly the answer.
    """
    workshop, ladder = options.opened(folder)
    checker = Checker(workshop, ladder)
    trial, lesson = options.current(checker)
    if lesson is None:
        screen.say("All is green: there is nothing to hint at.")
        return
    if trial.unimported or not lesson.behaviour:
        screen.show_lesson(lesson)
        screen.say(
            "\nThere is no hint for this; the lines above are all that is known."
        )
        return
    if lesson.missing and not again:
        # a hint at what it does would be wasted on what is not there
        screen.say(f"[bold]{screen.escape(lesson.title)}[/]")
        screen.label("first", lesson.likely)
        screen.say(f"\nThe hints begin when `{lesson.missing}` is there.")
        return
    give(checker, lesson, again)


def give(checker: Checker, lesson: Lesson, again: bool) -> None:
    """Show the hints up to one more than before."""
    assert lesson.step is not None
    about = checker.teacher.teaching(lesson.step)
    behaviour = next(b for b in about.behaviours if b.name == lesson.behaviour)
    key = f"{lesson.step}/{behaviour.name}"
    given = checker.workshop.hints.get(key, 0)
    count = given if again else min(given + 1, len(behaviour.hints))
    screen.say(f"[bold]{screen.escape(lesson.title)}[/]")
    screen.say(f"  [dim]{screen.escape(lesson.sentence)}[/]")
    screen.say()
    for number, hint in enumerate(behaviour.hints[:count], 1):
        screen.label(
            f"hint {number}", " ".join(hint.split()), "" if number == count else "dim"
        )
    checker.workshop.hints[key] = count
    checker.workshop.save()
    screen.say()
    screen.say(left(count, given, again))


def left(count: int, given: int, again: bool) -> str:
    if again and not given:
        return f"No hint was given yet: {screen.escape(typed_there('hint'))}"
    if count < 3:
        return f"[dim]{3 - count} more:[/] {screen.escape(typed_there('hint'))}"
    return (
        f"[dim]That was the last one.[/] {screen.escape(typed_there('solution'))}"
        " [dim]shows our code for it.[/]"
    )
