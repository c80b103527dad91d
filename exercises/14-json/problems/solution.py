"""Everything that is wrong with a form, at once: for a program and for a person."""

from urllib.parse import quote

from markupsafe import Markup
from step14_json import App, Response, make_response, request
from werkzeug.exceptions import HTTPException


class Problem(HTTPException):
    """An error with any number of sentences, each about a field."""

    def __init__(self, code: int, description: str) -> None:
        super().__init__(description)
        self.code = code
        # field and sentence
        self.errors: list[tuple[str, str]] = []

    def add(self, field: str, *sentences: str) -> None:
        """Add what is wrong with a field. Raises `TypeError` without a sentence."""
        if not sentences:
            raise TypeError(
                f"{field!r} needs a sentence that says what is wrong with it"
            )
        self.errors += [(field, sentence) for sentence in sentences]

    def raise_if_any(self) -> None:
        """Raise the problem if it has any errors."""
        if self.errors:
            raise self


def answer_problems(app: App) -> None:
    """Make an app answer each `Problem` in the form that the client prefers."""
    app.register_error_handler(Problem, answer)


def answer(problem: Problem) -> Response:
    response = as_json(problem) if request.prefers_json else as_page(problem)
    response.status_code = problem.code or 500
    response.vary.add("Accept")
    return response


def as_json(problem: Problem) -> Response:
    response = make_response(
        {
            "status": problem.code,
            "title": problem.name,
            "detail": problem.description,
            "errors": [
                {"pointer": pointer(field), "detail": sentence}
                for field, sentence in problem.errors
            ],
        }
    )
    response.mimetype = "application/problem+json"
    return response


def as_page(problem: Problem) -> Response:
    item = Markup("<li>{}: {}</li>\n")
    items = Markup("").join(item.format(*error) for error in problem.errors)
    page = Markup("<!doctype html>\n<title>{}</title>\n<p>{}</p>\n<ul>\n{}</ul>\n")
    return make_response(page.format(problem.name, problem.description, items))


def pointer(field: str) -> str:
    """Return the JSON pointer to a member, as a fragment (RFC 6901, section 6)."""
    step = field.replace("~", "~0").replace("/", "~1")
    return f"#/{quote(step, safe='')}"
