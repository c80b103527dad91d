"""The other side of an interactive session, in a process of its own.

Runs as `python -m costrel.weave.transcript.session`, which `scratch_folder` starts.
Reads one example a line as JSON from its input, and answers each with what the
interactive interpreter would print, and with the files that it has imported. It
imports the standard library only.
"""

import io
import json
import sys
import traceback
from contextlib import redirect_stderr, redirect_stdout
from typing import Any

NAMESPACE: dict[str, Any] = {"__name__": "__main__"}


def main() -> None:
    requests, answers = sys.stdin, sys.stdout
    # an `input()` in an example must not read the next request
    sys.stdin = io.StringIO()
    for line in requests:
        answers.write(json.dumps([printed(json.loads(line)), imported()]) + "\n")
        answers.flush()


def printed(source: str) -> str:
    """Run one example and return everything it prints."""
    output = io.StringIO()
    with redirect_stdout(output), redirect_stderr(output):
        try:
            exec(compile(source, "<stdin>", "single"), NAMESPACE)
        except BaseException as error:
            show(error)
    return output.getvalue()


def imported() -> list[str]:
    """Return the files of all modules."""
    files = [getattr(module, "__file__", None) for module in [*sys.modules.values()]]
    return [file for file in files if isinstance(file, str)]


def show(error: BaseException) -> None:
    """Print an error as the interpreter does, without the frame of this module."""
    frames = error.__traceback__.tb_next if error.__traceback__ else None
    traceback.print_exception(type(error), error, frames)


if __name__ == "__main__":
    main()
