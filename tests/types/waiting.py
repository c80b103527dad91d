"""What may be an `async def` has a type that says so.

mypy reads this file and nothing runs it.
"""

from collections.abc import AsyncIterator
from typing import Any

from step20_async import (
    App,
    Blueprint,
    MethodView,
    Response,
    after_this_request,
    stream_with_context,
)

app = App(__name__)
shop = Blueprint("shop", __name__)


@app.route("/<int:number>")
async def song(number: int) -> str:
    after_this_request(mark)
    return "wren" * number


@app.get("/events")
@stream_with_context
async def events() -> AsyncIterator[str]:
    yield "data: wren"


@app.before_request
@shop.before_request
async def before() -> None: ...


@app.after_request
@shop.after_app_request
async def mark(response: Response) -> Response:
    return response


@app.teardown_request
@app.teardown_appcontext
async def end(error: BaseException | None) -> None: ...


@app.context_processor
@shop.app_context_processor
@app.shell_context_processor
async def names() -> dict[str, Any]:
    return {"bird": "wren"}


@app.errorhandler(404)
async def missing(error: Exception) -> tuple[str, int]:
    return str(error), 404


class Bell(MethodView):
    async def get(self, number: int) -> str:
        return "ring" * number


shop.add_url_rule("/bells/<int:number>", view_func=Bell.as_view("bell"))
length: int = app.ensure_sync(song)(1)


@app.after_request  # type: ignore[type-var]
async def no_response(response: Response) -> str:
    return "wren"
