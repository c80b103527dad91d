"""What starting costs: the import of a framework, and the making of an application.

Runs as `python -m costrel.measure.starting NAME` in a process of its own, in which
nothing of the framework has been imported, and prints both as one line of JSON.
`measuring` starts it, again and again, in turns with the others.
"""

import sys
from time import process_time_ns

# applications made one after the other
TIMES = 20
# the import name of the applications
APP = "costrel.measure.measured"


def main(name: str) -> None:
    """Print the processor time of both, in nanoseconds."""
    start = process_time_ns()
    module = __import__(name)
    imported = process_time_ns() - start
    make = module.Flask if name == "flask" else module.App
    # as an app is made in a module that is being imported
    __import__(APP)
    start = process_time_ns()
    for _ in range(TIMES):
        make(APP)
    made = (process_time_ns() - start) // TIMES
    print(f'{{"import": {imported}, "make": {made}}}')


if __name__ == "__main__":
    main(sys.argv[1])
