"""A class as a view: its methods may have any parameters, and so may it.

mypy reads this file and nothing runs it. A line marked `ignore` is a mistake that
mypy has to see; it complains where it sees none.
"""

from collections.abc import Callable
from typing import Any

from step17_views import App, MethodView, View

app = App(__name__)


def shown(view: Callable[..., Any]) -> Callable[..., Any]:
    return view


class Song(View):
    methods = ["GET", "POST"]
    decorators = [shown]
    init_every_request = False

    def __init__(self, template: str, size: int = 10) -> None:
        self.template = template

    def dispatch_request(self, bird: str, number: int = 1) -> str:
        return bird * number


class Bell(MethodView):
    methods = {"GET", "PUT"}
    decorators = (shown,)
    provide_automatic_options = False

    def get(self, number: int) -> dict[str, int]:
        return {"number": number}

    def put(self, number: int) -> tuple[str, int]:
        return "", 204


class Nothing(MethodView):
    pass


app.add_url_rule("/<bird>", view_func=Song.as_view("song", "song.html", size=3))
app.add_url_rule("/<int:number>", view_func=Bell.as_view("bell"))
app.add_url_rule("/", view_func=Nothing.as_view(7))  # type: ignore[arg-type]
Song.methods = 7  # type: ignore[assignment]
