"""The development server: one process that reloads, with a debugger in the page.

For anyone but the developer, the app is served by a production server instead.
"""

import logging
from ipaddress import ip_address
from typing import Any
from wsgiref.types import WSGIApplication

import werkzeug.serving

logger = logging.getLogger(__name__)


def serve(
    app: WSGIApplication, host: str, port: int, debug: bool, **options: Any
) -> None:
    """Serve the app until it is stopped; other options are those of `run_simple`.

    Whoever reaches the debugger can run Python here. So `debug` switches it on
    for this machine alone; for other hosts it wants `use_debugger=True`.
    """
    options.setdefault("use_reloader", debug)
    options.setdefault("use_debugger", debug and is_loopback(host))
    options.setdefault("threaded", True)
    again = werkzeug.serving.is_running_from_reloader()
    if debug and not options["use_debugger"] and not again:
        logger.warning("The debugger is off: others can reach %s.", host)
    werkzeug.serving.run_simple(host, port, app, **options)


def is_loopback(host: str) -> bool:
    """Tell whether only this machine can reach a server on that host."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
