"""The launch page of Wren, a bicycle bell that sings."""

from collections import deque
from collections.abc import Iterator
from time import perf_counter
from typing import Any

from werkzeug.exceptions import HTTPException
from werkzeug.routing import BaseConverter, ValidationError

from . import (
    App,
    Response,
    abort,
    after_this_request,
    g,
    got_request_exception,
    is_local_url,
    redirect,
    request,
    url_for,
)

PLAYED_BY = ["nightingale", "wren", "blackbird", "robin"]
GREETINGS = {"en": "Hello", "de": "Grüezi", "fr": "Bonjour", "no": "Hei"}
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
failures: deque[str] = deque(maxlen=20)
# the bells that hang in our workshop, for visitors to ring from afar
shelf = deque(["brass", "steel", "copper"])


@app.before_request
def start_clock() -> None:
    g.began = perf_counter()


@app.before_request
def find_language() -> None:
    """Choose by the cookie, or by what the browser asks for."""
    chosen = request.cookies.get("language")
    asked = request.accept_languages.best_match(GREETINGS, "en")
    g.language = chosen if chosen in GREETINGS else asked


@app.after_request
def tell_time(response: Response) -> Response:
    """Show the time in the developer tools (W3C Server Timing)."""
    # an earlier function may have answered, and then ours were skipped
    if "began" in g:
        milliseconds = (perf_counter() - g.began) * 1000
        response.headers["Server-Timing"] = f"view;dur={milliseconds:.2f}"
    if "language" in g:
        response.content_language.add(g.language)
    return response


def take_bell() -> str:
    """Take a bell off the shelf, for this request alone."""
    try:
        bell = g.bell = shelf.popleft()
    except IndexError:
        abort(503, "All bells are ringing. Try again.")
    return bell


@app.teardown_request
def put_bell_back(error: BaseException | None) -> None:
    if "bell" in g:
        shelf.append(g.pop("bell"))


@got_request_exception.connect_via(app)
def note_failure(sender: App, exception: Exception, **more: Any) -> None:
    failures.append(f"{request.path}: {exception!r}")


def greeting() -> str:
    """Return the greeting in the visitor's language."""
    return GREETINGS[g.language]


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
    code = request.args.get("code", "en")

    @after_this_request
    def remember(response: Response) -> Response:
        response.set_cookie("language", code)
        return response

    target = request.args.get("next", "")
    return redirect(target if is_local_url(target) else url_for("index"))


@app.route("/ring")
def ring() -> str:
    """Ring a bell in the workshop, so many times a minute: ?times=6."""
    bell = take_bell()
    times = request.args.get("times", 6, type=int)
    if times < 1:
        abort(400, "A bell rings at least once.")
    return f"<p>The {bell} bell rings every {60 / times:g} seconds.</p>"


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
