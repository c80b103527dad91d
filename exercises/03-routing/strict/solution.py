"""An app that refuses a rule that can never be reached."""

import re
from collections.abc import Iterable
from typing import Any

from step03_routing import App

VALUE = re.compile(r"<(?:([^<>]*):)?[^<>:]+>")
SHARED = {"OPTIONS"}


class StrictApp(App):
    """An app in which no rule can hide behind one just like it."""

    def add_url_rule(
        self,
        rule: str,
        endpoint: str | None = None,
        view_func: Any = None,
        provide_automatic_options: bool | None = None,
        *,
        methods: Iterable[str] | None = None,
        **options: Any,
    ) -> None:
        """Add a rule. Raises `ValueError` if another rule already has its URLs."""
        name = endpoint or getattr(view_func, "__name__", None)
        wanted = methods or getattr(view_func, "methods", None) or ("GET",)
        self.check_free(rule, name, {method.upper() for method in wanted})
        super().add_url_rule(
            rule,
            endpoint,
            view_func,
            provide_automatic_options,
            methods=methods,
            **options,
        )

    def check_free(self, path: str, endpoint: str | None, methods: set[str]) -> None:
        """Raise `ValueError` if another endpoint has a rule just like it."""
        for known in self.url_map.iter_rules():
            taken = methods & set(known.methods or ()) - SHARED
            alike = shape(known.rule) == shape(path)
            if taken and alike and known.endpoint != endpoint:
                raise ValueError(
                    f"rule {path!r} can't be reached with {', '.join(sorted(taken))}:"
                    f" {known.rule!r} (endpoint {known.endpoint!r}) has it already"
                )


def shape(path: str) -> str:
    """Return a rule without the names of its values."""
    return VALUE.sub(lambda match: f"<{converter(match[1])}>", path)


def converter(name: str | None) -> str:
    return "string" if name in (None, "default") else name
