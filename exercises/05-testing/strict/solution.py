"""A client that looks at the status before the test can forget to."""

from typing import Any

from step05_testing import App as StepApp
from step05_testing import AppClient
from werkzeug.test import TestResponse

SHOWN = 200  # characters of a page in a message


class StrictClient(AppClient):
    """A visitor who fails the test on an error, unless `expect` names its status."""

    def open(
        self, *arguments: Any, expect: int | None = None, **options: Any
    ) -> TestResponse:
        response = super().open(*arguments, **options)
        # a redirect that is followed comes through here once for each hop, with the
        # hop's environ instead of a URL, and must not be judged by the last status
        if arguments and isinstance(arguments[0], str):
            check(response, expect)
        return response


def check(response: TestResponse, expect: int | None) -> None:
    """Raise `AssertionError` for a status that nobody expected."""
    status = response.status_code
    if status == expect or (expect is None and status < 400):
        return
    request = response.request
    expected = f" instead of {expect}" if expect else ""
    raise AssertionError(
        f"{request.method} {request.path} answered {response.status}{expected}:"
        f" {response.text[:SHOWN]}"
    )


class App(StepApp):
    """The app of step 5, whose visitors are strict."""

    test_client_class = StrictClient
