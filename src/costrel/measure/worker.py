"""One framework in a process of its own, timed when it is asked.

`measuring` starts it with a framework's name and writes a line for each order:
`show WORKLOAD` or `time WORKLOAD COUNT`. Each gets one line of JSON as its answer.
"""

import gc
import json
import sys
from time import process_time_ns
from typing import Any

from costrel.measure.workloads import WORKLOADS, Environ, Workload, environ_of, make_kit


class RepeatedRequest:
    """A request that is sent again and again to one application."""

    def __init__(self, name: str, workload: Workload) -> None:
        kit = make_kit(name)
        workload.build(kit)
        self.app = kit.app
        self.environ: Environ = environ_of(workload)
        self.status = ""
        self.headers: list[tuple[str, str]] = []
        self.return_cookie()

    def start_response(
        self, status: str, headers: list[tuple[str, str]], exc_info: Any = None
    ) -> None:
        self.status, self.headers = status, headers

    def send(self) -> bytes:
        """Do what a server does with a request and its answer."""
        answer = self.app(self.environ.copy(), self.start_response)
        try:
            return b"".join(answer)
        finally:
            if hasattr(answer, "close"):
                answer.close()

    def return_cookie(self) -> None:
        """Visit once, and come back with the cookie, as a browser does."""
        self.send()
        for name, value in self.headers:
            if name.lower() == "set-cookie":
                self.environ["HTTP_COOKIE"] = value.partition(";")[0]

    def show(self) -> dict[str, str]:
        """Return what a visitor sees of the answer."""
        body = self.send().decode()
        headers = {name.lower(): value for name, value in self.headers}
        return {
            "status": self.status.partition(" ")[0],
            "content type": headers.get("content-type", ""),
            "body": body,
        }

    def time(self, count: int) -> int:
        """Return the processor time of a number of requests, in nanoseconds."""
        send = self.send
        start = process_time_ns()
        for _ in range(count):
            send()
        return process_time_ns() - start


def main(name: str) -> None:
    """Obey until the orders end."""
    named = {workload.name: workload for workload in WORKLOADS}
    visits: dict[str, RepeatedRequest] = {}
    for order in sys.stdin:
        verb, workload, *rest = order.split()
        if workload not in visits:
            visits[workload] = RepeatedRequest(name, named[workload])
            # what was made to set up is no litter of the requests to come
            gc.collect()
            gc.freeze()
        visit = visits[workload]
        answer = visit.show() if verb == "show" else visit.time(int(rest[0]))
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
