"""A pool of threads whose jobs know for whom they work."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from step07_contexts import copy_current_request_context, has_request_context


class RequestPool(ThreadPoolExecutor):
    """Threads that see the request of whoever submitted the job."""

    # `map` hands each of its calls to `submit`
    def submit(
        self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any
    ) -> Future[Any]:
        if has_request_context():
            fn = copy_current_request_context(fn)
        return super().submit(fn, *args, **kwargs)
