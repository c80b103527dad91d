"""The verb `attack`: makes a step's attacks on a framework, and says which got in."""

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import click

from costrel.attacks.framework import (
    Framework,
    framework_of,
    naive_framework,
    readers_framework,
)
from costrel.attacks.loopback import server_at
from costrel.attacks.making import AttackOutcome, attack_framework, attack_running
from costrel.attacks.report import show
from costrel.core.attacks import Attack, attacks_of, why_none
from costrel.core.ladder import Ladder, Problem, Step, find_root
from costrel.core.workshop_folder import find, is_inside, is_mine

EPILOG = """\b
Examples:
  costrel attack 13                  step 13; in your workshop, your own framework
  costrel attack 13 --against naive  the version that everyone writes first
  costrel attack 13 --against 12     another step
  costrel attack 13 --against mine   your own framework, also by its folder: ../mine
  costrel attack 13 --show           with all requests and responses
  costrel attack 21 --url http://127.0.0.1:8000
                                     a demo that is running there
\b
Each attack brings a small app, which is served on the framework for the attack alone.
Only servers on this machine are attacked, wherever names and redirects lead.
It ends with 0 when nobody got in, 1 when somebody did, 2 when the call is wrong, and
3 when an attack couldn't be made, or its responses don't tell.
"""

Attacker = Callable[[Attack], AttackOutcome]


class WrongCall(Problem):
    """A problem with the call; the usual 1 would say that somebody got in."""

    exit_code = 2


@click.command(epilog=EPILOG)
@click.argument("number", metavar="N")
@click.option("--against", metavar="STEP|naive|mine|DIR", help="What is attacked.")
@click.option("--url", help="Attack a server that runs at this address.")
@click.option("--show", "in_full", is_flag=True, help="Show requests and responses.")
def command(number: str, against: str | None, url: str | None, in_full: bool) -> None:
    """Make the attacks of step N, and say which ones got in."""
    try:
        ladder = Ladder(find_root())
        step = ladder.get(number)
        attacks = wanted(step, url)
        label, attacker = chosen(ladder, step, against, url)
    except Problem as problem:
        raise WrongCall(problem.message) from None
    target = f"The attacks of step {step.number} on {label}"
    sys.exit(show(map(attacker, attacks), target, in_full))


def wanted(step: Step, url: str | None) -> list[Attack]:
    """Return the attacks of a step; raise `Problem` if none of them can be made."""
    attacks = attacks_of(step)
    if not attacks:
        raise Problem(f"Step {step.number} has no attack by HTTP: {why_none(step)}")
    if url and not any(attack.on_demo for attack in attacks):
        raise Problem(
            f"Each attack of step {step.number} brings an app of its own, so none can"
            " be made on a server that is running: leave out --url."
        )
    return attacks


def chosen(
    ladder: Ladder, step: Step, against: str | None, url: str | None
) -> tuple[str, Attacker]:
    """Return what is attacked, and how."""
    if url and against:
        raise Problem("Use --against or --url, not both.")
    if url:
        server = server_at(url)
        return f"the demo at {server.url}", partial(attack_running, server)
    framework = framework_named(ladder, step, against)
    return framework.label, partial(attack_framework, framework)


def framework_named(ladder: Ladder, step: Step, against: str | None) -> Framework:
    """Find the framework that a word means, or this folder."""
    if against == "naive":
        return naive_framework(step)
    if against is None and not is_inside(Path.cwd()):
        return framework_of(step)
    if against is None or is_mine(against):
        return readers_framework(find(against), ladder.root)
    try:
        return framework_of(ladder.get(against))
    except Problem as problem:
        raise Problem(
            f"{problem.message} Name a step, the folder of a workshop, mine or naive."
        ) from None
