"""The ports of a chapter's servers, and free ones that replace them.

Two chapters that are checked at the same time may both write 8000.
"""

import random
import re
import socket
import threading
from contextlib import suppress

PORT = re.compile(
    r"(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1?\]):(\d{4,5})\b"
    r"|--port[= ](\d{4,5})\b"
)

# where `costrel run` listens untold
DEFAULT = 5000
# ports that some chapter uses now
taken: set[str] = set()
lock = threading.Lock()


def ports_in(text: str) -> list[str]:
    """Find the ports on which the commands and files of a chapter listen."""
    found = {first or second for first, second in PORT.findall(text)}
    if "$ costrel run" in text:
        found.add(str(DEFAULT))
    return sorted(found)


def take(like: str) -> str | None:
    """Take a free port with as many digits, so that lengths stay the same."""
    lowest, highest = (1024, 9999) if len(like) == 4 else (10000, 32767)
    for _ in range(1000):
        port = str(random.randint(lowest, highest))
        with lock:
            if port not in taken and not is_open(port) and is_bindable(port):
                taken.add(port)
                return port
    return None


def give_back(ports: set[str]) -> None:
    with lock:
        taken.difference_update(ports)


def is_bindable(port: str) -> bool:
    with socket.socket() as probe, suppress(OSError):
        probe.bind(("127.0.0.1", int(port)))
        return True
    return False


def is_open(port: str) -> bool:
    with suppress(OSError), socket.create_connection(("localhost", int(port)), 0.5):
        return True
    return False


def exchanged(text: str, ports: dict[str, str]) -> str:
    """Write other ports where the text has those."""
    for port, other in ports.items():
        text = re.sub(rf"(?<!\d){port}(?!\d)", other, text)
    return text


def wait_until_served(port: str, seconds: float) -> None:
    """Wait until a program takes a connection to a port and ends it, or so long.

    A port that a reloader hands on is open before the next program reads from it.
    """
    address = ("localhost", int(port))
    with suppress(OSError), socket.create_connection(address, seconds) as probe:
        probe.shutdown(socket.SHUT_WR)
        probe.recv(1)
