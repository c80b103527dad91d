"""A deadline for views that wait."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import wraps
from inspect import iscoroutinefunction
from math import ceil
from typing import Any

from step20_async import make_response

AsyncView = Callable[..., Awaitable[Any]]


def deadline(seconds: float) -> Callable[[AsyncView], AsyncView]:
    """Answer 503 instead of the view if it takes longer than so many seconds."""

    def decorate(view: AsyncView) -> AsyncView:
        if not iscoroutinefunction(view):
            raise TypeError(f"{view!r} can't be canceled: write `async def`")

        @wraps(view)
        async def in_time(**values: Any) -> Any:
            try:
                async with asyncio.timeout(seconds) as limit:
                    return await view(**values)
            except TimeoutError:
                if not limit.expired():
                    # the view's own
                    raise
            response = make_response("That takes too long. Try again.", 503)
            response.retry_after = max(1, ceil(seconds))
            return response

        return in_time

    return decorate
