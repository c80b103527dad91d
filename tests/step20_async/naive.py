"""The async everyone writes first: one event loop beside the app, for all visitors."""

import asyncio
import threading
from functools import wraps
from inspect import iscoroutinefunction

from step19_extensions import App as Step19App
from step19_extensions import abort, render_template_string, request

__all__ = ["App", "abort", "g", "render_template_string", "request"]

loop = asyncio.new_event_loop()
threading.Thread(target=loop.run_forever, daemon=True).start()

# what a request's functions share, which has a thread, after all
g = threading.local()


class App(Step19App):
    """The app of step 19, with async views."""

    def ensure_sync(self, function):
        if not iscoroutinefunction(function):
            return function

        @wraps(function)
        def wait_for(*arguments, **values):
            coroutine = function(*arguments, **values)
            return asyncio.run_coroutine_threadsafe(coroutine, loop).result()

        return wait_for

    def add_url_rule(self, rule, endpoint=None, view_func=None, *given, **options):
        view = view_func and self.ensure_sync(view_func)
        super().add_url_rule(rule, endpoint, view, *given, **options)

    def teardown_request(self, function):
        self.teardown_request_funcs[None].append(lambda error: dropped(function(error)))
        return function


def dropped(result):
    """Do with a coroutine what Python does when nobody awaits it, but quietly."""
    if asyncio.iscoroutine(result):
        result.close()
