"""The development server: it restarts on a change, and has a debugger in its pages.

Visitors are served by a production server instead.
"""

import logging
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit
from wsgiref.types import WSGIApplication

import werkzeug.serving

logger = logging.getLogger(__name__)


def serve(
    app: WSGIApplication, host: str, port: int, debug: bool, **options: Any
) -> None:
    """Serve the app until it is stopped; other options are those of `run_simple`.

    Anyone who reaches the debugger can run Python here. So `debug` turns it on
    only for this machine; on other hosts, ask for it with `use_debugger=True`.
    """
    options.setdefault("use_reloader", debug)
    options.setdefault("use_debugger", debug and is_loopback(host))
    options.setdefault("threaded", True)
    restarted = werkzeug.serving.is_running_from_reloader()
    if debug and not options["use_debugger"] and not restarted:
        logger.warning("The debugger is off: other machines can reach %s.", host)
    werkzeug.serving.run_simple(host, port, app, **options)


def find_address(
    host: str | None, port: int | None, server_name: str | None
) -> tuple[str, int]:
    """Return what to listen on: what is given, else the server's name, else 5000."""
    known = urlsplit(f"//{server_name or ''}")
    if port is None:
        port = 5000 if known.port is None else known.port
    return host or known.hostname or "127.0.0.1", port


def is_loopback(host: str) -> bool:
    """Return whether only this machine can reach a server on that host."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
