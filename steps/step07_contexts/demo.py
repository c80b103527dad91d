"""The launch page of Wren, a bicycle bell that sings."""

from collections.abc import Iterator

from werkzeug.exceptions import HTTPException
from werkzeug.routing import BaseConverter, ValidationError

from . import App, Response, abort, request

PLAYED_BY = ["nightingale", "wren", "blackbird", "robin"]
GREETINGS = {"de": "Grüezi", "fr": "Bonjour", "no": "Hei"}
PARTIES = {"zürich": "on the quay", "oslo": "at the opera", "lyon": "by the Saône"}


class SongConverter(BaseConverter):
    """A song's number in a URL, and its bird in Python."""

    regex = "[1-9][0-9]?"

    def to_python(self, value: str) -> str:
        if int(value) > len(PLAYED_BY):
            raise ValidationError
        return PLAYED_BY[int(value) - 1]

    def to_url(self, value: str) -> str:
        return str(PLAYED_BY.index(value) + 1)


app = App(__name__)
app.url_map.converters["song"] = SongConverter
guests: list[str] = []


def greeting() -> str:
    """Return the greeting in the visitor's language."""
    return GREETINGS.get(request.cookies.get("language", ""), "Hello")


@app.route("/")
def index() -> str:
    return f"<h1>Wren</h1><p>{greeting()}! A bicycle bell that sings.</p>"


@app.route("/<city>")
def party(city: str) -> str:
    if city not in PARTIES:
        abort(404, "No party there yet.")
    where = PARTIES[city]
    return f"<h1>Wren in {city.title()}</h1><p>{greeting()}! Hear it {where}.</p>"


@app.post("/guests")
def sign_up() -> tuple[str, int]:
    email = request.form["email"]
    if "@" not in email:
        abort(400, "That isn't an email address.")
    guests.append(email)
    return "<p>You are on the list.</p>", 201


@app.get("/guests")
def count_guests() -> str:
    return f"<p>On the list: {len(guests)}.</p>"


@app.route("/language")
def language() -> Response:
    """Remember the visitor's language in a cookie: /language?code=de."""
    response = Response("<p>Noted.</p>")
    response.set_cookie("language", request.args.get("code", "en"))
    return response


@app.route("/songs/")
def songs() -> str:
    return f"<h1>Songs</h1><p>{', '.join(PLAYED_BY)}</p>"


@app.route("/songs/<song:bird>")
def song(bird: str) -> str:
    return f"<h1>The {bird}</h1><p>Ring twice for it.</p>"


@app.route("/songs.csv")
def song_list() -> tuple[Iterator[str], dict[str, str]]:
    """Send the list of songs, a line at a time."""
    lines = (f"{number},{bird}\n" for number, bird in enumerate(PLAYED_BY, 1))
    return lines, {"Content-Type": "text/csv; charset=utf-8"}


@app.errorhandler(HTTPException)
def failed(error: HTTPException) -> tuple[str, int, list[tuple[str, str]]]:
    page = f"<h1>Wren is silent</h1><p>{error.description}</p>"
    return page, error.code or 500, error.get_headers()


@app.errorhandler(500)
def broken(error: HTTPException) -> tuple[str, int]:
    return "<h1>A bell fell off</h1><p>We know, and we're fixing it.</p>", 500


if __name__ == "__main__":
    app.run(port=8000, debug=True)
