"""Signals: what happens in an app, for functions that listen.

To change what happens, use the hooks in `app`.
"""

from typing import Any

from blinker import NamedSignal, Namespace

signals = Namespace()

# sent with the app as sender; in parentheses, what else a listener gets
appcontext_pushed = signals.signal("appcontext-pushed")
request_started = signals.signal("request-started")
# (response)
request_finished = signals.signal("request-finished")
# (template, context)
before_render_template = signals.signal("before-render-template")
template_rendered = signals.signal("template-rendered")
# (message, category)
message_flashed = signals.signal("message-flashed")
# (exception), one that no handler took
got_request_exception = signals.signal("got-request-exception")
# (exc): the error that ended the request, or None
request_tearing_down = signals.signal("request-tearing-down")
appcontext_tearing_down = signals.signal("appcontext-tearing-down")
appcontext_popped = signals.signal("appcontext-popped")


def send(signal: NamedSignal, app: Any, **values: Any) -> None:
    """Send a signal, if anyone listens, and wait for `async def` receivers."""
    if signal.receivers:
        signal.send(app, _async_wrapper=app.ensure_sync, **values)
