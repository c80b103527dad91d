"""Firefox without a window, spoken to by its own protocol, Marionette."""

import json
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Any

# it is to talk to nobody but the tests
SETTINGS = {
    "app.normandy.enabled": False,
    "app.update.disabledForTesting": True,
    "browser.aboutConfig.showWarning": False,
    "browser.safebrowsing.malware.enabled": False,
    "browser.safebrowsing.phishing.enabled": False,
    "browser.startup.page": 0,
    "datareporting.policy.dataSubmissionEnabled": False,
    "extensions.update.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "toolkit.telemetry.enabled": False,
}
PATIENCE = 60


class Firefox:
    """A window of Firefox: it goes to pages, and runs scripts in them."""

    def __init__(self, connection: socket.socket) -> None:
        self.stream = connection.makefile("rwb")
        self.count = 0
        self.read()
        self.call("WebDriver:NewSession", {"capabilities": {}})

    def read(self) -> Any:
        """Read a message: its length, a colon, and JSON."""
        length = b""
        while (byte := self.stream.read(1)) != b":":
            length += byte
        return json.loads(self.stream.read(int(length)))

    def call(self, command: str, given: dict[str, Any]) -> Any:
        self.count += 1
        message = json.dumps([0, self.count, command, given]).encode()
        self.stream.write(b"%d:%s" % (len(message), message))
        self.stream.flush()
        _, _, error, result = self.read()
        if error is not None:
            raise RuntimeError(f"{command}: {error['message']}")
        return result

    def go(self, url: str) -> None:
        self.call("WebDriver:Navigate", {"url": url})

    def run(self, script: str) -> Any:
        """Return the value of an expression in the page."""
        given = {"script": f"return {script}", "args": []}
        return self.call("WebDriver:ExecuteScript", given)["value"]

    def enter(self, selector: str, expression: str) -> None:
        """Go into a frame of the page, as soon as an expression is true in it."""
        found = {"using": "css selector", "value": selector}
        end = monotonic() + PATIENCE
        while True:
            try:
                frame = self.call("WebDriver:FindElement", found)["value"]
                element = {"element": next(iter(frame.values()))}
                self.call("WebDriver:SwitchToFrame", element)
                if self.run(expression):
                    return
            except RuntimeError:
                # another frame takes its place at this moment
                pass
            if monotonic() > end:
                raise TimeoutError(expression)
            self.leave()
            sleep(0.05)

    def leave(self) -> None:
        """Go back to the page."""
        self.call("WebDriver:SwitchToFrame", {})

    def wait_for(self, expression: str) -> Any:
        """Wait until an expression is true in the page."""
        end = monotonic() + PATIENCE
        while not (value := self.run(expression)):
            if monotonic() > end:
                raise TimeoutError(expression)
            sleep(0.05)
        return value


@contextmanager
def running(path: str, profile: Path) -> Iterator[Firefox]:
    """Run Firefox with a profile of its own, in an empty folder."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    settings = SETTINGS | {"marionette.port": port}
    lines = [
        f"user_pref({json.dumps(name)}, {json.dumps(value)});\n"
        for name, value in settings.items()
    ]
    (profile / "user.js").write_text("".join(lines), encoding="utf-8")
    command = [path, "--headless", "--marionette", "--no-remote", "--profile", profile]
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            with connected(port) as connection:
                yield Firefox(connection)
        finally:
            process.terminate()


def connected(port: int) -> socket.socket:
    """Connect as soon as it listens."""
    end = monotonic() + PATIENCE
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        except OSError:
            if monotonic() > end:
                raise
            sleep(0.1)
