"""The launch page of Wren, a bicycle bell that sings."""

from collections.abc import Iterator
from wsgiref.simple_server import make_server

from . import App, Request, Response

app = App(__name__)

PLAYED_BY = ["nightingale", "wren", "blackbird", "robin"]


@app.route("/")
def index(request: Request) -> str:
    greeting = "Grüezi" if request.cookies.get("language") == "de" else "Hello"
    return f"<h1>Wren</h1><p>{greeting}! A bicycle bell that sings.</p>"


@app.route("/zürich")
def zurich() -> str:
    return "<h1>Wren in Zürich</h1><p>Hear it first, on the quay.</p>"


@app.route("/language")
def language(request: Request) -> Response:
    """Remember the visitor's language in a cookie: /language?code=de."""
    response = Response("<p>Noted.</p>")
    response.set_cookie("language", request.args.get("code", "en"))
    return response


@app.route("/songs.csv")
def songs() -> tuple[Iterator[str], dict[str, str]]:
    """Send the list of songs, a line at a time."""
    lines = (f"{number},{bird}\n" for number, bird in enumerate(PLAYED_BY, 1))
    return lines, {"Content-Type": "text/csv; charset=utf-8"}


if __name__ == "__main__":
    with make_server("127.0.0.1", 8000, app) as server:
        print("Serving on http://127.0.0.1:8000/ (Ctrl-C stops it)")
        server.serve_forever()
