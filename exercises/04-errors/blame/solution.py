"""One handler for everything HTTP calls the client's mistake."""

from step04_errors import App
from step04_errors.errors import ErrorHandler
from werkzeug.exceptions import default_exceptions


def blame_client(app: App, handler: ErrorHandler) -> None:
    """Register the handler for each 4xx that doesn't have one yet."""
    for code, error_class in default_exceptions.items():
        if 400 <= code < 500 and error_class not in app.error_handlers:
            app.register_error_handler(error_class, handler)
