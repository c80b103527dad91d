"""Serve a module's app on a free port of this machine: `python -m … MODULE`.

It prints the port, and ends when its input does, so that nothing outlives the command
that started it.
"""

import os
import sys
from contextlib import redirect_stdout
from importlib import import_module
from threading import Thread

from werkzeug.serving import make_server


def main(module: str) -> None:
    """Serve `app` of a module until the input ends."""
    Thread(target=end_with_the_input, daemon=True).start()
    output = sys.stdout
    # what the app prints goes to the log
    with redirect_stdout(sys.stderr):
        app = import_module(module).app
        server = make_server("127.0.0.1", 0, app, threaded=True)
        print(server.port, file=output, flush=True)
        server.serve_forever()


def end_with_the_input() -> None:
    # not by `sys.stdin`, whose lock a thread may not hold as Python ends
    while os.read(0, 1000):
        """Nothing is sent."""
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1])
