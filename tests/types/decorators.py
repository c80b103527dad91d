"""A decorator returns what it decorates: no parameter and no type is lost.

mypy reads this file and nothing runs it. A line marked `ignore` is a mistake that
mypy has to see; it complains where it sees none.
"""

from typing import Any, assert_type

import step01_wsgi
from step16_blueprints import (
    App,
    Blueprint,
    Response,
    after_this_request,
    copy_current_request_context,
)

first = step01_wsgi.App(__name__)
app = App(__name__)
shop = Blueprint("shop", __name__)


@first.route("/")
def index() -> str:
    return "wren"


@app.route("/<int:number>")
@app.get("/songs/<int:number>")
def song(number: int) -> str:
    return "wren" * number


@app.errorhandler(404)
@shop.errorhandler(404)
@shop.app_errorhandler(404)
def missing(error: Exception) -> tuple[str, int]:
    return str(error), 404


@app.before_request
@shop.before_request
@shop.before_app_request
def begin() -> None: ...


@app.after_request
@shop.after_request
@shop.after_app_request
@after_this_request
def finish(response: Response, loudly: bool = False) -> Response:
    return response


@app.teardown_request
@shop.teardown_request
@shop.teardown_app_request
@app.teardown_appcontext
def end(error: BaseException | None = None) -> int:
    return 1


@app.url_defaults
@shop.url_defaults
@shop.app_url_defaults
def add(endpoint: str, values: dict[str, Any], again: int = 0) -> None: ...


@app.context_processor
@shop.context_processor
@shop.app_context_processor
def names(more: int = 0) -> dict[str, Any]:
    return {"more": more}


@app.template_filter()
@shop.app_template_filter()
def shout(text: str) -> str:
    return text.upper()


@copy_current_request_context
def ring(times: int) -> str:
    return "ding" * times


assert_type(index(), str)
assert_type(song(1), str)
assert_type(missing(ValueError()), tuple[str, int])
assert_type(finish(Response(), loudly=True), Response)
assert_type(end(), int)
assert_type(names(more=1), dict[str, Any])
assert_type(shout("wren"), str)
assert_type(ring(times=2), str)
begin()
add("song", {}, again=1)

# a view and a filter keep their parameters
song("one")  # type: ignore[arg-type]
shout(1)  # type: ignore[arg-type]


# a teardown function gets the error
@app.teardown_request  # type: ignore[type-var]
def forgetful() -> None: ...
