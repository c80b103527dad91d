"""The launch page of Wren, a bicycle bell that sings."""

from collections.abc import Iterator
from typing import Any

from werkzeug.exceptions import HTTPException
from werkzeug.routing import BaseConverter, ValidationError

from . import App, Response, abort, is_local_url, redirect, request, url_for

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


def link(text: str, endpoint: str, **values: Any) -> str:
    return f'<a href="{url_for(endpoint, **values)}">{text}</a>'


def page(title: str, text: str) -> str:
    """Lay out a page: its text, and links to all others."""
    parties = [link(city.title(), "party", city=city) for city in PARTIES]
    here = request.root_path + request.path
    languages = [link(code, "language", code=code, next=here) for code in GREETINGS]
    links = " · ".join([link("Wren", "index"), link("Songs", "songs"), *parties])
    return f"<h1>{title}</h1><p>{text}</p><p>{links}<p>{' '.join(languages)}"


@app.route("/")
def index() -> str:
    return page("Wren", f"{greeting()}! A bicycle bell that sings.")


@app.route("/<city>")
def party(city: str) -> str:
    if city not in PARTIES:
        abort(404, "No party there yet.")
    return page(f"Wren in {city.title()}", f"{greeting()}! Hear it {PARTIES[city]}.")


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
    """Remember the visitor's language in a cookie, and go back: ?code=de&next=/."""
    target = request.args.get("next", "")
    response = redirect(target if is_local_url(target) else url_for("index"))
    response.set_cookie("language", request.args.get("code", "en"))
    return response


@app.route("/songs/")
def songs() -> str:
    return page("Songs", ", ".join(link(bird, "song", bird=bird) for bird in PLAYED_BY))


@app.route("/songs/<song:bird>")
def song(bird: str) -> str:
    return page(f"The {bird}", "Ring twice for it.")


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
