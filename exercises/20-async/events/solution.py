"""Server-Sent Events that know where the visitor was."""

import re
from collections.abc import AsyncGenerator
from contextlib import aclosing

LINE_END = re.compile(r"\r\n|\r|\n")


def event(data: str, id: str | None = None, name: str | None = None) -> str:
    """Return one event, ready to be sent."""
    for value in (id or "", name or ""):
        if LINE_END.search(value) or "\0" in value:
            raise ValueError(f"{value!r} would not stay in its line")
    lines = [] if id is None else [f"id: {id}"]
    lines += [] if name is None else [f"event: {name}"]
    lines += [f"data: {line}" for line in LINE_END.split(data)]
    return "\n".join(lines) + "\n\n"


def read_id(after: str | None) -> int:
    """Return the number in a Last-Event-ID, or -1 if it isn't one of ours."""
    if after is None or not re.fullmatch(r"[0-9]{1,15}", after):
        return -1
    return int(after)


async def stream(
    source: AsyncGenerator[str], after: str | None = None
) -> AsyncGenerator[str]:
    """Make an event of each text, beginning with the one after `after`."""
    seen, number = read_id(after), 0
    async with aclosing(source):
        async for text in source:
            if number > seen:
                yield event(text, id=str(number))
            number += 1
