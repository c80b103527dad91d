"""Make an attack on a server: send its requests, and look whether it got in."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

from costrel.core.attacks import Attack
from costrel.live.engine.server import make_request
from costrel.live.engine.visitor import Hop, Visitor

from .framework import Framework, serving
from .loopback import Server, TargetError


@dataclass(frozen=True)
class AttackOutcome:
    """How one attack went."""

    attack: Attack
    hops: tuple[Hop, ...] = ()
    # None if nobody can tell, for a reason
    got_in: bool | None = None
    why: str = ""
    # whether the attack isn't for such a target, and nothing was tried
    skipped: bool = False


def attack_framework(framework: Framework, attack: Attack) -> AttackOutcome:
    """Make an attack on a framework that is served for it alone."""
    try:
        with serving(framework, attack.app) as server:
            return attack_server(server, attack)
    except TargetError as error:
        return AttackOutcome(attack, why=str(error))


def attack_running(server: Server, attack: Attack) -> AttackOutcome:
    """Make an attack on a server that runs already, if its demo has the paths."""
    if not attack.on_demo:
        why = "it needs an app of its own, so it can't be made on one that is running"
        return AttackOutcome(attack, why=why, skipped=True)
    try:
        return attack_server(server, attack)
    except TargetError as error:
        return AttackOutcome(attack, why=str(error))


def attack_server(server: Server, attack: Attack) -> AttackOutcome:
    """Send the requests of an attack, and look at the responses."""
    hops = sent(server, attack)
    got_in = attack.got_in("\n\n".join(hop.answer.wire for hop in hops))
    unclear = "the responses are neither those of a breach nor those of a defense"
    return AttackOutcome(attack, hops, got_in, unclear if got_in is None else "")


def sent(server: Server, attack: Attack) -> tuple[Hop, ...]:
    """Send the requests one after the other, or all at once, by their visitors."""
    names = {str(given.get("visitor", "")) for given in attack.requests}
    visitors = {name: Visitor() for name in names}

    def send(given: dict[str, Any]) -> list[Hop]:
        request = replace(make_request(given), host=server.netloc)
        visitor = visitors[str(given.get("visitor", ""))]
        return list(visitor.visit(server.send, request))

    if not attack.at_once:
        return tuple(hop for given in attack.requests for hop in send(given))
    with ThreadPoolExecutor(len(attack.requests)) as pool:
        return tuple(hop for hops in pool.map(send, attack.requests) for hop in hops)
