"""Check that every application a test calls is WSGI (PEP 3333).

Werkzeug's test client is the server of most tests; here it gets the standard
library's validator put between itself and the application.
"""

import wsgiref.validate
from collections.abc import Callable
from typing import Any

import pytest

# The validator knows eight methods by name and warns of any other; a method may be
# any token (RFC 9110, section 9.1).
ANY_METHOD = "ignore:Unknown REQUEST_METHOD:wsgiref.validate.WSGIWarning"


class ReadInPart(wsgiref.validate.IteratorWrapper):
    """A checked body that a test may leave unread.

    The validator complains of a body that nobody closes. A server always closes;
    a test that only looks at the status does not, and that is no fault of the
    application.
    """

    def __del__(self) -> None:
        pass


def check_content_type(status: str, headers: list[tuple[str, str]]) -> None:
    """Demand a Content-Type wherever there is a body to describe.

    The validator forbids it on 204; Werkzeug sends it there, as RFC 9110 allows
    (section 8.3 names no status that may not have it).
    """
    if not status.startswith("204"):
        strict_content_type(status, headers)


strict_content_type = vars(wsgiref.validate)["check_content_type"]


class Validation:
    """The validator around the client's applications, which can be switched off."""

    def __init__(self) -> None:
        self.on = True
        self.patch = pytest.MonkeyPatch()

    def install(self) -> None:
        """Replace the function through which Werkzeug's client calls."""
        import werkzeug.test

        self.run = werkzeug.test.run_wsgi_app
        set_name = self.patch.setattr
        set_name(wsgiref.validate, "IteratorWrapper", ReadInPart)
        set_name(wsgiref.validate, "check_content_type", check_content_type)
        set_name(werkzeug.test, "run_wsgi_app", self.run_checked)

    def uninstall(self) -> None:
        self.patch.undo()

    def run_checked(
        self, app: Callable[..., Any], environ: Any, buffered: bool = False
    ) -> Any:
        """Run an application as Werkzeug does, with the validator around it."""
        checked = wsgiref.validate.validator(app) if self.on else app
        return self.run(checked, environ, buffered)
