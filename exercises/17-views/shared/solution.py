"""A view that one instance answers, and that can't keep what a visitor sent."""

from typing import Any

from step17_views import MethodView


class SharedView(MethodView):
    """A view whose one instance answers all requests, and none of them changes it."""

    init_every_request = False
    # whether the instance is finished
    ready = False

    def dispatch_request(self, *arguments: Any, **values: Any) -> Any:
        """Answer a request; from the first one on, nothing can be set."""
        object.__setattr__(self, "ready", True)
        return super().dispatch_request(*arguments, **values)

    def __setattr__(self, name: str, value: object) -> None:
        self.refuse(name)
        super().__setattr__(name, value)

    def __delattr__(self, name: str) -> None:
        self.refuse(name)
        super().__delattr__(name)

    def refuse(self, name: str) -> None:
        """Raise `AttributeError` once the instance answers requests."""
        if self.ready:
            raise AttributeError(
                f"{name!r} of {type(self).__name__} can't be changed during a request,"
                " because all requests share it: keep what belongs to one in g"
            )
