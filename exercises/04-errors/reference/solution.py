"""A number that leads from a visitor's page to the line in the log."""

from secrets import token_hex

from step04_errors import App as StepApp
from step04_errors import Request, Response
from werkzeug.exceptions import InternalServerError


class NumberedError(InternalServerError):
    """A bug with a number that visitors may see."""

    def __init__(self, error: Exception) -> None:
        # random: a visitor learns nothing from it, not even how many bugs there are
        self.reference = token_hex(4)
        description = f"Please give us this number: {self.reference}."
        super().__init__(description, original_exception=error)


class App(StepApp):
    """The app of step 4, which numbers its bugs."""

    def handle_exception(self, error: Exception, request: Request) -> Response:
        if self.testing:
            raise error
        failure = NumberedError(error)
        # the visitor chose the path: its repr keeps line breaks out of the log
        where = f"{request.method} {request.path!r}"
        message = "Exception on %s (reference %s)"
        self.logger.error(message, where, failure.reference, exc_info=error)
        return self.handle_user_exception(failure, request)
