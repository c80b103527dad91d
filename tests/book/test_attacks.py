"""A step's attacks, made over HTTP: they get into the naive version alone."""

import pytest

from costrel.attacks.framework import Framework, framework_of, naive_framework
from costrel.attacks.making import attack_framework
from costrel.core.attacks import Attack, attacks_of, file_of, why_none
from costrel.core.ladder import Ladder, Step, find_root

LADDER = Ladder(find_root())
CASES = [
    pytest.param(step, attack, id=f"{step.name}-{attack.title}")
    for step in LADDER.steps
    for attack in attacks_of(step)
]
# later steps call the views of step 1 otherwise
LATER = [case for case in CASES if case.values[0].number > 1]

each_attack = pytest.mark.parametrize(("attacked", "attack"), CASES)


def got_in(framework: Framework, attack: Attack) -> bool:
    """Make an attack, and return how it went; fail if nobody can tell."""
    outcome = attack_framework(framework, attack)

    seen = "\n\n".join(hop.answer.wire for hop in outcome.hops)
    assert outcome.got_in is not None, f"{outcome.why}\n{seen}"
    return outcome.got_in


@each_attack
def test_an_attack_gets_into_the_naive_version(attacked: Step, attack: Attack) -> None:
    assert got_in(naive_framework(attacked), attack)


@each_attack
def test_an_attack_is_held_off_by_the_step(attacked: Step, attack: Attack) -> None:
    assert not got_in(framework_of(attacked), attack)


@pytest.mark.parametrize(("attacked", "attack"), LATER)
def test_an_attack_is_held_off_by_the_newest_step(
    attacked: Step, attack: Attack
) -> None:
    assert not got_in(framework_of(LADDER.newest), attack)


@pytest.mark.parametrize("attacked", LADDER.steps, ids=lambda step: step.name)
def test_a_step_has_attacks_or_says_why_it_has_none(attacked: Step) -> None:
    assert file_of(attacked).is_file()
    assert bool(attacks_of(attacked)) != bool(why_none(attacked))


@each_attack
def test_a_request_has_what_the_file_may_say_of_it(
    attacked: Step, attack: Attack
) -> None:
    may = {"method", "path", "headers", "body", "visitor", "leave"}
    for request in attack.requests:
        assert {"method", "path"} <= set(request) <= may


@each_attack
def test_a_sentence_is_one_and_whole(attacked: Step, attack: Attack) -> None:
    for text in (attack.story, attack.breach, attack.defense):
        assert text.strip().endswith((".", ".)")), text
        assert text[:1].isupper(), text
