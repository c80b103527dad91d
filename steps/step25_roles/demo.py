"""The launch page of Wren, a bicycle bell that sings."""

import asyncio
import tomllib
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from functools import wraps
from io import BytesIO
from itertools import count
from json import dumps, loads
from math import ceil
from pathlib import Path
from secrets import token_hex
from threading import Lock
from time import perf_counter
from typing import Any, TextIO

import click
import wtforms
from werkzeug.exceptions import HTTPException
from werkzeug.http import generate_etag
from werkzeug.routing import BaseConverter, ValidationError
from wtforms.validators import Email, InputRequired, Length

from . import (
    App,
    AppGroup,
    Blueprint,
    MethodView,
    Response,
    abort,
    check_if_match,
    current_app,
    flash,
    g,
    got_request_exception,
    is_local_url,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    save_upload,
    send_file,
    send_upload,
    session,
    url_for,
)
from .asgi import ASGIAdapter
from .extensions.guests import (
    LONGEST,
    DuplicateGuestError,
    Guest,
    GuestStore,
    is_plain,
)
from .extensions.requestids import RequestIDs
from .security import (
    ChangePasswordForm,
    CSRFProtect,
    FileField,
    Form,
    Hardening,
    LastUserError,
    LoginForm,
    RegisterForm,
    Role,
    Security,
    StaleUserError,
    VerifyForm,
    change_rights,
    check_rules,
    current_user,
    deny_by_default,
    fresh_login_required,
    login_required,
    own_or_404,
    permissions_required,
    public,
    reset_user_access,
    roles_accepted,
)
from .security.sqlalchemy_datastore import SQLAlchemyUserDatastore

PLAYED_BY = ["nightingale", "wren", "blackbird", "robin"]
SETTINGS: dict[str, Any] = {
    "GUEST_STORE": "sqlalchemy",
    "LIST_IS_OPEN": True,
    "LIST_SIZE": 1000,
    "MAX_CONTENT_LENGTH": 100_000,
    "RECORDINGS": "recordings",
    "RECORDING_SIZE": 20_000_000,
    # what everyone here would try first
    "SECURITY_PASSWORD_CONTEXT": ["Wren", "bicycle", "bell", *PLAYED_BY],
    "SECURITY_POST_LOGIN_VIEW": "account",
    "SECURITY_REGISTERABLE": True,
    "SECURITY_SESSION_KEEPS": ["language"],
    "STOCK_SIZE": 1000,
    "WORKSHOPS": {},
}
# what the users of each role may do; an administrator decides who has it
ROLES = [
    Role("staff", ["guests-read", "recordings-write", "bells-write"], "Runs the shop."),
    Role("admin", ["accounts-write"], "Decides who may do what.", needed=True),
]
# our languages that WTForms has under another name
CATALOGS = {"no": "nb"}
# the heading of a form that comes back
ERROR = {"en": "Error", "de": "Fehler", "fr": "Erreur", "no": "Feil"}
GREETINGS = {"en": "Hello", "de": "Grüezi", "fr": "Bonjour", "no": "Hei"}
PAGE_SIZE = 10
# seconds after which a workshop that doesn't answer is left out
ANSWERS_WITHIN = 2
# seconds after which a silent stream says something, to find out who has left
HEARTBEAT = 15
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


def choose_store(name: str) -> GuestStore:
    """Return the store that the settings name; import none of the others."""
    match name:
        case "sqlalchemy":
            from .extensions.sqlalchemy_guests import SQLAlchemyGuests

            return SQLAlchemyGuests()
        case "peewee":
            from .extensions.peewee_guests import PeeweeGuests

            return PeeweeGuests()
        case "lmdb":
            from .extensions.lmdb_guests import LMDBGuests

            return LMDBGuests()
    raise ValueError(f"GUEST_STORE is {name!r}: choose sqlalchemy, peewee or lmdb.")


app = App(__name__, instance_relative_config=True)
app.config.from_mapping(SETTINGS)
app.config.from_file("wren.toml", tomllib.load, silent=True, text=False)
app.config.from_prefixed_env("WREN")
# without a configured key, make one up at each start: sessions end with the process
app.secret_key = app.secret_key or token_hex()
app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
app.url_map.converters["song"] = SongConverter
hardening = Hardening(app)
RequestIDs(app)
guests = choose_store(app.config["GUEST_STORE"])
guests.init_app(app)
users = SQLAlchemyUserDatastore(app)
csrf = CSRFProtect()
# the same app, for servers that speak ASGI
asgi_app = ASGIAdapter(app)
# the name of a file in the folder of recordings -> what it is
recordings: dict[str, "Recording"] = {}
failures: deque[str] = deque(maxlen=20)
# the bells that hang in our workshop, for visitors to ring from afar
shelf = deque(["brass", "steel", "copper"])


@app.before_request
def start_clock() -> None:
    g.began = perf_counter()


@app.before_request
def find_language() -> None:
    """Choose by the session, or by what the browser asks for."""
    # static files are the same for everyone, so leave the session closed for them
    chosen = None if request.endpoint == "static" else session.get("language")
    asked = request.accept_languages.best_match(GREETINGS, "en")
    g.language = chosen if chosen in GREETINGS else asked


@app.after_request
def tell_time(response: Response) -> Response:
    """Show the time in the developer tools (W3C Server Timing)."""
    # anyone else could time how long we look for a guest. And if an earlier function
    # has answered, ours were skipped
    if current_app.debug and "began" in g:
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


@app.context_processor
def names_of_the_layout() -> dict[str, Any]:
    return {"greeting": greeting, "cities": PARTIES, "languages": GREETINGS}


@app.cli.command("init")
def init() -> None:
    """Write the settings of this installation: a key.

    The first administrator gets an account by `users create`, a role by `roles add`.
    """
    file = Path(app.instance_path, "wren.toml")
    file.parent.mkdir(exist_ok=True)
    try:
        # nobody else reads it, and it's never overwritten
        file.touch(0o600, exist_ok=False)
    except FileExistsError:
        raise click.ClickException(f"{file} is there already.") from None
    file.write_text(f'SECRET_KEY = "{token_hex()}"\n')
    click.echo(f"Wrote {file}.")


lists = AppGroup("guests", help="Carry guests from one store to another.")


@lists.command("export")
def export_guests() -> None:
    """Write each guest as a line of JSON."""
    for guest in guests.search():
        click.echo(dumps(asdict(guest)))


@lists.command("import")
@click.argument("file", type=click.File(encoding="utf-8"))
def import_guests(file: TextIO) -> None:
    """Add guests from a file that export has written: all of them, or none."""
    try:
        for line in file:
            guests.add(Guest(**loads(line)))
        guests.commit()
    except DuplicateGuestError:
        raise click.ClickException("Nobody was added: one is there already.") from None
    except (TypeError, ValueError) as error:
        raise click.ClickException(f"Nobody was added: {error}") from None


app.cli.add_command(lists)


@app.shell_context_processor
def names_of_the_shell() -> dict[str, Any]:
    return {"bells": bells, "client": app.test_client(), "guests": guests}


@app.route("/")
@public
def index() -> str:
    return render_template("index.html", form=SignUpForm())


@app.route("/<city>")
@public
def party(city: str) -> str:
    if city not in PARTIES:
        abort(404, "No party there yet.")
    return render_template("party.html", city=city, place=PARTIES[city])


@app.route("/<city>/poster")
@public
def poster(city: str) -> Response:
    """Send a picture to print and hang up, named after the city."""
    if city not in PARTIES:
        abort(404, "No party there yet.")
    picture = render_template("poster.svg", city=city, place=PARTIES[city])
    return send_file(
        BytesIO(picture.encode()),
        as_attachment=True,
        download_name=f"Wren in {city.title()}.svg",
    )


class News:
    """Wakes the streams that wait for news, each in an event loop of its own."""

    def __init__(self) -> None:
        # the loops that wait -> what wakes them; used by many threads
        self.listeners: dict[asyncio.AbstractEventLoop, asyncio.Event] = {}

    @contextmanager
    def listen(self) -> Iterator[asyncio.Event]:
        """Register an event of the running loop: it's set by `tell`."""
        loop, event = asyncio.get_running_loop(), asyncio.Event()
        self.listeners[loop] = event
        try:
            yield event
        finally:
            del self.listeners[loop]

    def tell(self) -> None:
        """Wake everyone who listens in this process."""
        for loop, event in self.listeners.copy().items():
            # its stream may end meanwhile, and the loop with it
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(event.set)


sign_ups = News()


class WrenForm(Form):
    """A form whose messages are in the visitor's language."""

    def __init__(self, **options: Any) -> None:
        language = CATALOGS.get(g.language, g.language)
        super().__init__(meta={"locales": (language, "en")}, **options)

    def heading(self) -> str:
        """Return the summary's heading, which the page's title begins with as well."""
        return ERROR[g.language]


def check_plain(form: Form, field: wtforms.Field) -> None:
    """Refuse text that a store can't keep."""
    if not is_plain(field.data or ""):
        raise wtforms.ValidationError(field.gettext("Invalid input."))


class SignUpForm(WrenForm):
    """What we ask of guests."""

    name = wtforms.StringField("Your name", [Length(max=LONGEST), check_plain])
    email = wtforms.EmailField(
        "Your address",
        [InputRequired(), Email(), check_plain],
        description="We write once, when the bell is there.",
    )


class AccountForm(WrenForm, RegisterForm):
    """What an account needs."""


class EntryForm(WrenForm, LoginForm):
    """What gets someone in."""


class ReentryForm(WrenForm, VerifyForm):
    """What proves that someone is still there."""


class NewPasswordForm(WrenForm, ChangePasswordForm):
    """What changes a password."""


class RecordingForm(WrenForm):
    """A song for the choir."""

    recording = FileField(
        "Your bell's song", [InputRequired()], render_kw={"accept": "audio/*"}
    )


def show_again(template: str, form: Form, **names: Any) -> tuple[str, int]:
    """Show a form with what is wrong with it; a program gets just that."""
    if request.is_json:
        abort(400, " ".join(f"{f.label.text}: {error}" for f, error in form.mistakes()))
    return render_template(template, form=form, **names), 400


def put_on_list(guest: Guest) -> None:
    """Keep a new guest for good, or abort."""
    try:
        guests.add(guest)
        guests.commit()
    except DuplicateGuestError:
        abort(409, "You are on the list already.")
    sign_ups.tell()


@app.post("/guests")
@public
@csrf.exempt
def sign_up() -> Any:
    """Take the form, or JSON from the page's script, and answer in kind."""
    if not app.config["LIST_IS_OPEN"] or guests.count() >= app.config["LIST_SIZE"]:
        abort(403, "The list is closed.")
    form = SignUpForm()
    if not form.validate_on_submit():
        return show_again("index.html", form)
    guest = Guest(form.email.data or "", form.name.data or "")
    put_on_list(guest)
    session["guest"] = guest.email
    if request.is_json:
        return {"guests": guests.count()}, 201
    flash("You are on the list.")
    return redirect(url_for("list_guests"), 303)


@app.get("/guests")
@public
def list_guests() -> str:
    """List everyone, or those with a part of a name in theirs: ?name=da."""
    part = request.args.get("name", "")
    if not is_plain(part):
        abort(400, "Nobody has such a name.")
    found = guests.search(part)
    return render_template("guests.html", guests=found, part=part, count=guests.count())


async def live_count() -> AsyncIterator[str]:
    """Make an event whenever the number of guests may have changed."""
    with sign_ups.listen() as signed_up:
        while True:
            signed_up.clear()
            # a context for each event: between two, no connection is kept
            with app.app_context():
                number = guests.count()
            yield f"data: {number}\n\n"
            with suppress(TimeoutError):
                async with asyncio.timeout(HEARTBEAT):
                    await signed_up.wait()


@app.get("/guests/live")
@public
def live_guests() -> tuple[AsyncIterator[str], dict[str, str]]:
    """Send the number of guests, and send it again when it changes."""
    headers = {"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
    return live_count(), headers


async def ask_workshop(address: str) -> str:
    """Return what a workshop says about its stock: one line, over TCP."""
    host, _, port = address.rpartition(":")
    try:
        async with asyncio.timeout(ANSWERS_WITHIN):
            reader, writer = await asyncio.open_connection(host, int(port), limit=100)
            try:
                return (await reader.readline()).decode().strip()
            finally:
                writer.close()
    except (OSError, ValueError):
        return "no answer"


@app.get("/workshops")
@public
async def workshops() -> str:
    """Ask all workshops at once: it takes as long as the slowest of them."""
    addresses = current_app.config["WORKSHOPS"]
    answers = await asyncio.gather(*map(ask_workshop, addresses.values()))
    stock = dict(zip(addresses, answers, strict=True))
    return render_template("workshops.html", stock=stock)


@app.route("/language")
@public
def language() -> Response:
    """Remember the visitor's language, and go back: ?code=de&next=/."""
    session["language"] = request.args.get("code", "en")
    # a login that isn't remembered ends with the browser
    session.permanent = not current_user.is_authenticated
    target = request.args.get("next", "")
    return redirect(target if is_local_url(target) else url_for("index"))


@app.get("/account")
@login_required
def account() -> str:
    """Show users what they can do about their account."""
    return render_template("account.html")


@app.route("/ring")
@public
def ring() -> str:
    """Ring a bell in the workshop, so many times a minute: ?times=6."""
    bell = take_bell()
    times = request.args.get("times", 6, type=int)
    if times < 1:
        abort(400, "A bell rings at least once.")
    return f"<p>The {bell} bell rings every {60 / times:g} seconds.</p>"


@app.route("/songs/")
@public
def songs() -> str:
    return render_template("songs.html", birds=PLAYED_BY)


@app.route("/songs/<song:bird>")
@public
def song(bird: str) -> str:
    return render_template("song.html", bird=bird)


@app.route("/songs.csv")
@public
def song_list() -> tuple[Iterator[str], dict[str, str]]:
    """Send the list of songs, a line at a time."""
    lines = (f"{number},{bird}\n" for number, bird in enumerate(PLAYED_BY, 1))
    return lines, {"Content-Type": "text/csv; charset=utf-8"}


@app.route("/songs.json")
@public
@hardening(cross_origin_resource_policy="cross-origin")
def song_data() -> list[dict[str, str]]:
    return [
        {"bird": bird, "url": url_for("song", bird=bird, _external=True)}
        for bird in PLAYED_BY
    ]


@app.errorhandler(HTTPException)
def failed(error: HTTPException) -> Any:
    if request.prefers_json:
        return error
    page = render_template("failed.html", error=error)
    response = make_response(page, error.code or 500, error.get_headers())
    response.vary.add("Accept")
    return response


@app.errorhandler(500)
def broken(error: HTTPException) -> Any:
    if request.prefers_json:
        return error
    return "<h1>A bell fell off</h1><p>We know, and we're fixing it.</p>", 500


# the choir: visitors send recordings of their bells
choir = Blueprint("choir", __name__, url_prefix="/recordings")


@dataclass(frozen=True)
class Recording:
    """A song that a visitor has sent, or a user: then it's the user's own."""

    title: str
    user_id: int | None = None


@choir.get("")
@public
def list_all() -> str:
    # a copy: other threads add to the dictionary while the template goes through it
    form, copy = RecordingForm(), recordings.copy()
    return render_template("recordings.html", form=form, recordings=copy)


@choir.post("")
@public
@csrf.exempt
def add() -> Any:
    if request.mimetype != "multipart/form-data":
        abort(415, "Send the recording with the form.")
    # before the form is read
    request.max_content_length = current_app.config["RECORDING_SIZE"]
    form = RecordingForm()
    if not form.validate_on_submit():
        return show_again("recordings.html", form, recordings=recordings.copy())
    upload = form.recording.data
    name = save_upload(upload, current_app.config["RECORDINGS"])
    recordings[name] = Recording(upload.filename, current_user.id)
    flash("Thank you for the song.")
    return redirect(url_for(".list_all"), 303)


@choir.get("/<name>")
@public
def listen(name: str) -> Response:
    if name not in recordings:
        abort(404, "No recording has that name.")
    title = recordings[name].title
    return send_upload(current_app.config["RECORDINGS"], name, download_name=title)


def remove_recording(name: str) -> None:
    """Remove a recording, or raise `KeyError` if it's gone already."""
    del recordings[name]
    folder = Path(current_app.instance_path, current_app.config["RECORDINGS"])
    (folder / name).unlink(missing_ok=True)
    flash("Removed.")


@choir.post("/<name>/remove")
@login_required
def take_back(name: str) -> Response:
    """Remove a recording of the user's own."""
    own_or_404(recordings.get(name))
    # it may be gone by now, after a second click
    with suppress(KeyError):
        remove_recording(name)
    return redirect(url_for(".list_all"), 303)


@choir.cli.command("room")
def room() -> None:
    """Say how much room the recordings take."""
    folder = Path(current_app.instance_path, current_app.config["RECORDINGS"])
    sizes = [file.stat().st_size for file in folder.glob("*")]
    click.echo(f"{len(sizes)} recordings, {sum(sizes)} bytes")


# backstage: what the staff and administrators see and do, and nobody else
backstage = roles_accepted("staff", "admin")(
    Blueprint("backstage", __name__, url_prefix="/backstage")
)


@backstage.errorhandler(LookupError)
def gone(error: LookupError) -> Response:
    """Two of the staff may click the same button."""
    flash("That was gone already.")
    return redirect(url_for("backstage.overview"), 303)


@backstage.get("/")
def overview() -> str:
    """Show what is going on, as far as it's the user's business."""
    may_read = current_user.has_permission("guests-read")
    return render_template(
        "backstage.html",
        guests=guests.search() if may_read else [],
        recordings=recordings.copy(),
        failures=list(failures),
    )


# the part of backstage that takes recordings out of the choir
archive = permissions_required("recordings-write")(
    Blueprint("archive", __name__, url_prefix="/recordings")
)


@archive.post("/<name>/remove")
def remove(name: str) -> Response:
    remove_recording(name)
    return redirect(url_for("backstage.overview"), 303)


# where administrators change accounts, shortly after giving their password
accounts = fresh_login_required(
    permissions_required("accounts-write")(
        Blueprint("accounts", __name__, url_prefix="/accounts")
    )
)


class RightsForm(WrenForm):
    """What an administrator decides about an account: not its password."""

    # the version of the account that the page showed
    seen = wtforms.HiddenField()
    active = wtforms.BooleanField("May log in")
    roles = wtforms.SelectMultipleField(
        "Roles",
        choices=[
            # types-WTForms doesn't know it yet
            wtforms.SelectChoice(  # type: ignore[attr-defined]
                role.name, f"{role.name}: {role.description}"
            )
            for role in ROLES
        ],
        widget=wtforms.widgets.ListWidget(),
        option_widget=wtforms.widgets.CheckboxInput(),
    )


def rights_of(user: Any) -> RightsForm:
    """Return the form for a user; a program may leave out what doesn't change."""
    shown = describe(user)
    return RightsForm(data={**shown, "seen": tag_of(shown)})


def find_account(number: int) -> Any:
    """Return the user with a number, or abort."""
    user = users.find_user(id=number)
    if user is None:
        abort(404, "Nobody has that number.")
    return user


def describe(user: Any) -> dict[str, Any]:
    """Return what a program is told about an account: these fields, and no others."""
    return {
        "number": user.id,
        "email": user.email,
        "active": user.active,
        "roles": sorted(user.roles),
    }


@accounts.get("")
def list_accounts() -> Any:
    """List the users who have roles, or find one: ?email=ada@wren.example."""
    email = request.args.get("email")
    if email is None:
        numbers = {grant.user for grant in users.find(users.grant_model)}
        found = [users.find_user(id=number) for number in sorted(numbers)]
    else:
        found = [users.find_user(email=email)]
    listed = [user for user in found if user is not None]
    if request.prefers_json:
        return [describe(user) for user in listed]
    return render_template("accounts.html", accounts=listed, email=email or "")


@accounts.get("/<int:number>")
def show_account(number: int) -> Any:
    user = find_account(number)
    if request.prefers_json:
        return describe(user)
    return render_template("rights.html", user=user, form=rights_of(user))


@accounts.post("/<int:number>")
def decide(number: int) -> Any:
    """Change an account's roles, or close it, unless nobody else has a needed role."""
    user = find_account(number)
    form = rights_of(user)
    if not form.validate_on_submit():
        return show_again("rights.html", form, user=user)
    try:
        if form.seen.data != form.seen.object_data:
            raise StaleUserError
        change_rights(user, form.active.data, form.roles.data or ())
    except (LastUserError, StaleUserError) as error:
        abort(409, str(error))
    flash("Changed.")
    return redirect(url_for(".show_account", number=number), 303)


@accounts.post("/<int:number>/logins/end")
def end_all_logins(number: int) -> Response:
    """Log a user out everywhere, as after the theft of a phone."""
    reset_user_access(find_account(number))
    flash("Ended.")
    return redirect(url_for(".show_account", number=number), 303)


# the shop: anyone may look at the bells for sale, and the staff changes them
shop = Blueprint("shop", __name__, url_prefix="/bells")


@dataclass(frozen=True)
class Bell:
    """A bell for sale; its price is in francs."""

    name: str
    price: int


numbers = count(1)
stock = [Bell("Wren", 24), Bell("Robin", 28), Bell("Nightingale", 64)]
# number -> bell; read and written with the lock held
bells = {next(numbers): bell for bell in stock}
bells_lock = Lock()


def read_bell(data: object) -> Bell:
    """Return the bell that a client describes, or abort."""
    if not isinstance(data, dict) or data.keys() != {"name", "price"}:
        abort(400, "Send an object with a name and a price.")
    name, price = data["name"], data["price"]
    if not isinstance(name, str) or not 1 <= len(name.strip()) <= 40:
        abort(400, "A name has 1 to 40 letters.")
    # not `isinstance`: to Python, True is a number
    if type(price) is not int or not 1 <= price <= 10_000:
        abort(400, "A price is a whole number of francs, up to 10000.")
    return Bell(name.strip(), price)


def find_bell(number: int) -> Bell:
    """Return a bell, or abort."""
    if number not in bells:
        abort(404, "We don't have that bell.")
    return bells[number]


@contextmanager
def hold_bell(number: int) -> Iterator[Bell]:
    """Hold on to a bell for a client that has seen its newest version."""
    with bells_lock:
        bell = find_bell(number)
        check_if_match(tag_of(bell))
        yield bell


def tag_of(thing: object) -> str:
    """Return the name of a version of a thing: a hash of its JSON."""
    return generate_etag(current_app.json.dumps(thing).encode())


def as_json(bell: Bell) -> Response:
    """Return a response with the bell and the tag of this version."""
    response = jsonify(bell)
    response.set_etag(tag_of(bell))
    return response


def merge(data: dict[str, Any], patch: object) -> object:
    """Return flat data with a JSON Merge Patch applied (RFC 7396)."""
    if not isinstance(patch, dict):
        return patch
    merged = {**data, **patch}
    return {key: value for key, value in merged.items() if value is not None}


def pages_around(page: int, length: int) -> dict[str, str]:
    """Return the URLs of the pages before and after one, by link relation."""
    last = max(1, ceil(length / PAGE_SIZE))
    if not 1 <= page <= last:
        abort(404, "There is no such page.")
    pages = {"prev": page - 1, "next": page + 1}
    return {
        rel: url_for(".bells", page=number)
        for rel, number in pages.items()
        if 1 <= number <= last
    }


def negotiated(view: Callable[..., Any]) -> Callable[..., Response]:
    """Tell caches that a view's answer depends on what the client accepts."""

    @wraps(view)
    def negotiate(**values: Any) -> Response:
        response = make_response(view(**values))
        response.vary.add("Accept")
        return response

    return negotiate


class BellList(MethodView):
    """The bells for sale, a page at a time."""

    decorators = [negotiated]

    @public
    def get(self) -> Any:
        page = request.args.get("page", 1, type=int)
        with bells_lock:
            listed = sorted(bells.items())
        links = pages_around(page, len(listed))
        shown = listed[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
        # RFC 8288
        fields = {"Link": [f'<{url}>; rel="{rel}"' for rel, url in links.items()]}
        if not request.prefers_json:
            return render_template("bells.html", bells=shown, links=links), fields
        data = [
            {"url": url_for(".bell", number=n), **asdict(bell)} for n, bell in shown
        ]
        return data, fields

    @permissions_required("bells-write")
    def post(self) -> Any:
        bell = read_bell(request.get_json())
        with bells_lock:
            if len(bells) >= current_app.config["STOCK_SIZE"]:
                abort(403, "We have no room for more bells.")
            number = next(numbers)
            bells[number] = bell
        return as_json(bell), 201, {"Location": url_for(".bell", number=number)}


class BellItem(MethodView):
    """One bell for sale."""

    decorators = [negotiated]

    @public
    def get(self, number: int) -> Any:
        with bells_lock:
            bell = find_bell(number)
        if not request.prefers_json:
            return render_template("bell.html", bell=bell)
        return as_json(bell).make_conditional(request)

    @permissions_required("bells-write")
    def put(self, number: int) -> Any:
        # before the lock is taken: a slow client mustn't hold it
        data = request.get_json()
        with hold_bell(number):
            bells[number] = read_bell(data)
        # no tag: what we keep may differ from what was sent (RFC 9110, section 9.3.4)
        return "", 204

    @permissions_required("bells-write")
    def patch(self, number: int) -> Any:
        patch = request.get_json()
        with hold_bell(number) as bell:
            changed = bells[number] = read_bell(merge(asdict(bell), patch))
        return as_json(changed)

    @permissions_required("bells-write")
    def delete(self, number: int) -> Any:
        with hold_bell(number):
            del bells[number]
        return "", 204


shop.add_url_rule("", view_func=BellList.as_view("bells"))
shop.add_url_rule("/<int:number>", view_func=BellItem.as_view("bell"))


Security(app, users, AccountForm, EntryForm, ReentryForm, NewPasswordForm, ROLES)
# whoever writes a view says who may visit it
deny_by_default(app)
# after our own hooks: what they prepare is needed to refuse a request
csrf.init_app(app)
backstage.register_blueprint(archive)
backstage.register_blueprint(accounts)
app.register_blueprint(choir)
app.register_blueprint(backstage)
app.register_blueprint(shop)
# not at the first request, but now
check_rules(app)


if __name__ == "__main__":
    app.run(port=8000, debug=True)
