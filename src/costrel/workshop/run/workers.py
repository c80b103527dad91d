"""The processes of a check, some of them started before they are wanted."""

from pathlib import Path

from costrel.workshop.run.fork_workers import ForkServer
from costrel.workshop.run.trial import Worker


class Workers:
    """A first worker that is ready early, and as many more as are wanted.

    The first has a process of its own. The others are forked, later, from another
    process that loads in the meantime.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.ready: list[Worker] = []
        self.server = ForkServer(root)

    def warm(self, has_company: bool) -> None:
        """Start the first worker, and the process that the others are forked from."""
        if not self.ready:
            self.ready.append(Worker(self.root))
        if has_company:
            self.server.load()

    def take(self) -> Worker:
        """Return a worker that nobody has taken yet."""
        try:
            return self.ready.pop()
        except IndexError:
            return self.server.worker()

    def close(self) -> None:
        while self.ready:
            self.ready.pop().close()
        self.server.close()
