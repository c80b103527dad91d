"""Each line of each demo does something: what the servers' visits do not reach."""

import asyncio
import re
import socket
import subprocess
import sys
import threading
import tomllib
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from importlib import import_module
from io import BytesIO
from itertools import count
from pathlib import Path
from socketserver import BaseRequestHandler, ThreadingTCPServer
from types import ModuleType
from typing import Any
from uuid import uuid4

import pytest
from itsdangerous.encoding import base64_decode
from werkzeug.datastructures import Authorization
from werkzeug.test import Client

from costrel.core.ladder import Ladder, find_root
from costrel.testing.threads import at_once, join, meet

STEPS = Ladder(find_root()).steps
ADDRESS = {"email": "a@wren.example"}
ADA = "ada@wren.example"


def since(number: int) -> pytest.MarkDecorator:
    """Run a test for the demos of a step and of those after it."""
    names = [step.name for step in STEPS if step.number >= number]
    return pytest.mark.parametrize("name", names)


def between(first: int, last: int) -> pytest.MarkDecorator:
    """Run a test for the demos of some steps: later ones do it in another way."""
    names = [step.name for step in STEPS if first <= step.number <= last]
    return pytest.mark.parametrize("name", names)


def demo_of(name: str) -> ModuleType:
    return import_module(f"{name}.demo")


TOKEN = re.compile(r'name="csrf_token"[^>]* value="([^"]+)"')


class Browser(Client):
    """A client that sends forms as a page does: with a token, from step 22 on."""

    def __init__(self, name: str) -> None:
        super().__init__(demo_of(name).app)

    def post(self, *arguments: Any, **options: Any) -> Any:
        """Send a form, or what a script makes of it."""
        token = TOKEN.search(self.get("/recordings").text)
        headers = {"X-CSRFToken": token[1]} if token else {}
        options["headers"] = {**headers, **options.get("headers", {})}
        return super().post(*arguments, **options)


@pytest.fixture(autouse=True)
def empty_list(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Begin a test without guests: with an empty list, or with another file."""
    demo = demo_of(request.getfixturevalue("name"))
    guests = getattr(demo, "guests", [])
    if isinstance(guests, list):
        monkeypatch.setattr(demo, "guests", [], raising=False)
        return
    folder = tmp_path_factory.mktemp("guests")
    app = demo.App("elsewhere", instance_path=str(folder))
    guests.init_app(app)
    # from step 23 on
    if users := getattr(demo, "users", None):
        users.init_app(app)
    for name, state in app.extensions.items():
        monkeypatch.setitem(demo.app.extensions, name, state)


@since(1)
def test_the_first_page_answers(name: str) -> None:
    assert "Wren" in Client(demo_of(name).app).get("/").text


@since(1)
def test_the_chosen_language_is_sent_as_a_cookie(name: str) -> None:
    answer = Client(demo_of(name).app).get("/language?code=de")
    cookie = answer.headers["Set-Cookie"].partition(";")[0]

    # from step 13 on the session's, whose first part is JSON in Base64
    content, _, _ = (
        cookie.removeprefix("__Host-").removeprefix("session=").partition(".")
    )
    assert cookie == "language=de" or b'"language":"de"' in base64_decode(content)


@since(1)
def test_a_city_has_its_party(name: str) -> None:
    assert "on the quay" in Client(demo_of(name).app).get("/zürich").text


@since(2)
def test_the_songs_are_a_list_to_download(name: str) -> None:
    answer = Client(demo_of(name).app).get("/songs.csv")

    assert answer.mimetype == "text/csv"
    assert "nightingale" in answer.text


@since(3)
def test_a_city_without_a_party_is_not_found(name: str) -> None:
    assert Client(demo_of(name).app).get("/nowhere").status_code == 404


@since(3)
def test_the_songs_have_a_page(name: str) -> None:
    assert "robin" in Client(demo_of(name).app).get("/songs/").text


@since(3)
def test_a_song_is_found_by_its_number_and_no_other(name: str) -> None:
    client = Client(demo_of(name).app)

    assert "wren" in client.get("/songs/2").text
    assert client.get("/songs/9").status_code == 404


@since(3)
def test_a_bird_has_the_url_of_its_song(name: str) -> None:
    urls = demo_of(name).app.url_map.bind("wren.example")

    assert urls.build("song", {"bird": "wren"}) == "/songs/2"


@since(3)
def test_a_guest_is_counted(name: str) -> None:
    client = Browser(name)

    # from step 11 on with a redirect to the list
    assert client.post("/guests", data=ADDRESS).status_code in (201, 303)
    assert "On the list: 1" in client.get("/guests").text


@since(4)
def test_a_guest_without_an_address_is_told(name: str) -> None:
    answer = Browser(name).post("/guests", data={"email": "nobody"})

    assert answer.status_code == 400
    # from step 22 on, beside the field
    said = ("Wren is silent", "Invalid email address.")
    assert any(words in answer.text for words in said)


@since(4)
def test_an_error_in_a_view_gives_a_page_without_its_details(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = demo_of(name).app
    monkeypatch.setitem(app.view_functions, "index", lambda: 1 / 0)

    answer = Client(app).get("/")

    assert answer.status_code == 500
    assert "A bell fell off" in answer.text
    assert "ZeroDivisionError" not in answer.text


@since(9)
def test_the_language_is_what_the_browser_asks_for_unless_chosen(name: str) -> None:
    client = Client(demo_of(name).app)
    asked = {"Accept-Language": "fr, de;q=0.5"}

    assert "Bonjour" in client.get("/", headers=asked).text
    client.get("/language?code=no")
    assert "Hei" in client.get("/", headers=asked).text


@since(9)
def test_an_answer_that_comes_before_ours_has_no_times(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = demo_of(name).app
    registry = app.before_request_funcs
    if isinstance(registry, dict):
        # by blueprint, from step 16 on
        first = [lambda: "Closed", *registry[None]]
        monkeypatch.setitem(registry, None, first)
    else:
        first = [lambda: "Closed", *registry]
        monkeypatch.setattr(app, "before_request_funcs", first)

    answer = Client(app).get("/")

    assert answer.text == "Closed"
    assert "Server-Timing" not in answer.headers
    assert "Content-Language" not in answer.headers


@since(23)
def test_a_visitor_gets_an_account(name: str) -> None:
    demo, account = demo_of(name), {"email": "Ada@wren.example"}
    browser = Browser(name)

    answer = browser.post(
        "/register", data={**account, "password": "a bell in the fog"}
    )

    assert answer.status_code == 303
    assert "account now" in browser.get(answer.location).text
    with demo.app.app_context():
        assert demo.users.find_user(email=ADA).email == "Ada@wren.example"


@since(23)
@pytest.mark.parametrize(
    ("password", "told"),
    [("kurz", "mindestens 15 Zeichen"), ("nightingale.wren", "easy to guess")],
)
def test_a_weak_password_is_told(name: str, password: str, told: str) -> None:
    data = {"email": ADA, "password": password}

    answer = Browser(name).post(
        "/register", data=data, headers={"Accept-Language": "de"}
    )

    assert answer.status_code == 400
    assert told in answer.text


SECRET = "a bell in the fog"


@pytest.fixture
def member(name: str) -> Browser:
    """Return a browser in which somebody has made an account and logged in."""
    browser = Browser(name)
    browser.post("/register", data={"email": ADA, "password": SECRET})
    browser.get("/language?code=de")
    answer = browser.post("/login", data={"email": ADA, "password": SECRET})
    assert (answer.status_code, answer.location) == (303, "/account")
    return browser


@since(24)
def test_a_user_has_an_account_page(name: str, member: Browser) -> None:
    stranger, page = Browser(name).get("/account"), member.get("/account").text

    assert stranger.location == "/login?next=/account"
    # the language is what it was before the login
    assert f"Grüezi, {ADA}!" in page
    assert "Your account" in member.get("/").text
    assert "Log in" in Browser(name).get("/").text


@since(24)
def test_a_login_ends_with_the_browser_whatever_the_language(
    name: str, member: Browser
) -> None:
    # a shared computer: a cookie with a date would stay there
    answer = member.get("/language?code=no")

    cookies = answer.headers.getlist("Set-Cookie")
    assert cookies and not [each for each in cookies if "Expires=" in each]


@since(24)
def test_a_user_logs_out(name: str, member: Browser) -> None:
    answer = member.post("/logout")

    assert (answer.status_code, answer.location) == (303, "/")
    assert member.get("/account").status_code == 303


@since(24)
def test_a_user_sees_logins_and_changes_the_password(
    name: str, member: Browser
) -> None:
    page = member.get("/logins").text
    data = {"password": SECRET, "new_password": "another bell in the fog"}
    answer = member.post("/change", data=data)

    assert "This browser" in page
    assert (answer.status_code, answer.location) == (303, "/account")


@since(24)
@pytest.mark.parametrize("page", ["login", "verify", "change"])
def test_mistakes_with_a_password_are_told(
    name: str, member: Browser, page: str
) -> None:
    german = {"Accept-Language": "de"}
    visitor = Browser(name) if page == "login" else member

    answer = visitor.post(f"/{page}", data={}, headers=german)

    assert answer.status_code == 400
    assert "Dieses Feld wird benötigt." in answer.text


@since(15)
def test_a_recording_comes_in_a_form_for_files(name: str) -> None:
    answer = Browser(name).post("/recordings", data={"recording": "x"})

    assert answer.status_code == 415


@since(15)
def test_uploads_that_the_end_of_the_process_meets_are_removed(
    name: str, tmp_path: Path
) -> None:
    uploads = import_module(f"{name}.uploads")
    part = tmp_path / "song.ogg.part"
    part.write_bytes(b"half")
    uploads.unfinished.add(part)
    try:
        uploads.remove_unfinished_parts()
    finally:
        uploads.unfinished.discard(part)

    assert not part.exists()


@since(9)
def test_each_answer_says_how_long_it_took_and_in_which_language(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # from step 21 on, only the developer is told the time
    monkeypatch.setitem(demo_of(name).app.config, "DEBUG", True)
    answer = Client(demo_of(name).app).get("/nowhere")

    assert answer.headers["Server-Timing"].startswith("view;dur=")
    assert answer.headers["Content-Language"] == "en"


@since(21)
def test_visitors_are_not_told_how_long_it_took(name: str) -> None:
    answer = Client(demo_of(name).app).get("/nowhere")

    assert "Server-Timing" not in answer.headers


@since(21)
def test_other_sites_may_load_the_songs_and_nothing_else(name: str) -> None:
    client = Client(demo_of(name).app)
    there = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors"}

    songs, guests = (
        client.get(url, headers=there) for url in ["/songs.json", "/guests"]
    )

    assert (songs.status_code, guests.status_code) == (200, 403)


@since(9)
def test_the_bells_come_back_to_the_shelf(name: str) -> None:
    demo = demo_of(name)
    client = Client(demo.app)

    answers = [client.get("/ring?times=0").status_code for _ in range(4)]

    assert answers == [400] * 4
    assert sorted(demo.shelf) == ["brass", "copper", "steel"]
    assert "every 2 seconds" in client.get("/ring?times=30").text


@since(9)
def test_a_bell_comes_back_once_if_a_test_keeps_the_context(name: str) -> None:
    demo = demo_of(name)

    with demo.app.test_client() as client:
        client.get("/ring")

    assert sorted(demo.shelf) == ["brass", "copper", "steel"]


@since(9)
def test_an_empty_shelf_is_told(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    demo = demo_of(name)
    monkeypatch.setattr(demo, "shelf", deque())

    answer = Client(demo.app).get("/ring")

    assert answer.status_code == 503
    assert "All bells are ringing" in answer.text


@since(9)
def test_failures_are_noted(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    demo = demo_of(name)
    monkeypatch.setitem(demo.app.view_functions, "index", lambda: 1 / 0)

    Client(demo.app).get("/")

    assert demo.failures[-1] == "/: ZeroDivisionError('division by zero')"


@since(10)
@pytest.mark.parametrize(
    ("setting", "value"), [("LIST_IS_OPEN", False), ("LIST_SIZE", 0)]
)
def test_the_list_closes_as_the_settings_say(
    name: str, setting: str, value: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = demo_of(name).app
    monkeypatch.setitem(app.config, setting, value)

    answer = Browser(name).post("/guests", data=ADDRESS)

    assert answer.status_code == 403
    assert "The list is closed." in answer.text


@since(12)
def test_the_page_has_its_style_and_its_picture(name: str) -> None:
    client = Client(demo_of(name).app)

    page = client.get("/").text

    for path in ("/static/wren.css", "/static/wren.svg"):
        assert path in page
        with client.get(path) as file:
            assert file.status_code == 200


@since(12)
def test_a_city_has_a_poster_under_its_name(name: str) -> None:
    client = Client(demo_of(name).app)

    poster = client.get("/zürich/poster")

    assert "Zürich" in poster.text and poster.mimetype == "image/svg+xml"
    disposition = poster.headers["Content-Disposition"]
    assert disposition.startswith("attachment; filename=")
    assert disposition.endswith("filename*=UTF-8''Wren%20in%20Z%C3%BCrich.svg")
    assert client.get("/nowhere/poster").status_code == 404


@since(12)
def test_the_demo_s_own_files_are_not_sent(name: str) -> None:
    demo = demo_of(name)
    client = Client(demo.app)
    home = Path(demo.app.root_path)
    own = [file.relative_to(home).as_posix() for file in home.rglob("*.*")]

    assert "static/wren.css" in own and "demo.py" in own
    for path in own:
        public = path.startswith("static/")
        for url in (f"/{path}", f"/static/{path}", f"/static/../{path}"):
            with client.get(url) as answer:
                assert answer.status_code == 404 or public


@since(14)
def test_a_script_signs_up_without_a_form(name: str) -> None:
    client = Browser(name)

    answer = client.post("/guests", json={**ADDRESS, "name": "Ada"})

    assert (answer.status_code, answer.json) == (201, {"guests": 1})
    assert "Ada" in client.get("/guests").text
    assert "We write to a@wren.example" in client.get("/").text


@since(14)
@pytest.mark.parametrize("sent", [[], "a@wren.example", {}, {"email": None}])
def test_a_script_is_told_what_is_missing(name: str, sent: object) -> None:
    client = Browser(name)

    answer = client.post("/guests", json=sent, headers={"Accept": "application/json"})

    assert answer.status_code == 400
    assert answer.mimetype == "application/problem+json"
    assert any(word in answer.text for word in ("address", "email", "fields"))


@since(14)
def test_the_songs_are_data_for_programs(name: str) -> None:
    songs = demo_of(name).app.test_client().get("/songs.json").json

    assert songs[1] == {"bird": "wren", "url": "http://localhost/songs/2"}


@since(14)
def test_errors_are_pages_or_data_and_caches_know(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = demo_of(name).app
    monkeypatch.setitem(app.view_functions, "index", lambda: 1 / 0)
    client = Client(app)
    asked = {"Accept": "application/json"}

    page, data = client.get("/nowhere"), client.get("/nowhere", headers=asked)
    failure = client.get("/", headers=asked)

    assert "Wren is silent" in page.text
    assert (data.json or {})["detail"] == "No party there yet."
    assert "Accept" in page.vary and "Accept" in data.vary
    assert (failure.json or {})["status"] == 500 and "Zero" not in failure.text


@since(15)
def test_a_recording_comes_back_as_it_was(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    demo = demo_of(name)
    monkeypatch.setitem(demo.app.config, "RECORDINGS", str(tmp_path))
    monkeypatch.setattr(demo, "recordings", {})
    client = Browser(name)
    # more than other forms may have
    song = bytes(demo.app.config["MAX_CONTENT_LENGTH"] * 2)

    answer = client.post("/recordings", data={"recording": (BytesIO(song), "Bär.ogg")})
    kept = next(iter(demo.recordings))

    assert answer.status_code == 303
    assert [path.name for path in tmp_path.iterdir()] == [kept]
    assert f'<a href="/recordings/{kept}">Bär.ogg</a>' in client.get("/recordings").text
    with client.get(f"/recordings/{kept}") as download:
        assert download.data == song
        assert "B%C3%A4r.ogg" in download.headers["Content-Disposition"]
    assert client.get("/recordings/none").status_code == 404


@since(15)
def test_list_of_recordings_is_shown_while_more_come_in(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    demo = demo_of(name)

    class Title(str):
        def __html__(self) -> str:
            # as another thread would, at the worst moment
            demo.recordings[f"{len(demo.recordings)}"] = "a song"
            return "the first song"

    # from step 25 on, a recording may be somebody's
    make = getattr(demo, "Recording", lambda title: title)
    monkeypatch.setattr(demo, "recordings", {"first": make(Title())})

    answer = Client(demo.app).get("/recordings")

    assert answer.status_code == 200
    assert "the first song" in answer.text


@since(15)
def test_what_is_no_recording_is_not_kept(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    demo = demo_of(name)
    monkeypatch.setitem(demo.app.config, "RECORDINGS", str(tmp_path))
    monkeypatch.setitem(demo.app.config, "RECORDING_SIZE", 200_000)
    client = Browser(name)

    nothing = client.post("/recordings", data={"recording": (BytesIO(), "")})
    song = bytes(200_000)
    too_long = client.post("/recordings", data={"recording": (BytesIO(song), "a.ogg")})
    form = client.post("/guests", data={"email": "@" * 200_000})

    assert [nothing.status_code, too_long.status_code] == [400, 413]
    assert "Wren is silent" in too_long.text
    assert form.status_code == 413
    assert list(tmp_path.iterdir()) == []


@between(16, 24)
def test_backstage_is_closed_without_the_password(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = demo_of(name).app
    client = Browser(name)
    unset = client.get("/backstage/", auth=("ada", ""))
    monkeypatch.setitem(app.config, "BACKSTAGE_PASSWORD", "hünter2")

    assert unset.status_code == client.get("/backstage/").status_code == 401
    for wrong in ("", "hunter", "hünter22", "☃"):
        answer = client.get("/backstage/", auth=("ada", wrong))
        assert answer.status_code == 401
        assert answer.www_authenticate.type == "basic"
        assert client.post("/backstage/recordings/a/remove").status_code == 401
    assert client.get("/backstage/", auth=("ada", "hünter2")).status_code == 200


@between(16, 24)
def test_the_staff_takes_recordings_away(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    demo = demo_of(name)
    monkeypatch.setitem(demo.app.config, "BACKSTAGE_PASSWORD", "ding")
    monkeypatch.setitem(demo.app.config, "RECORDINGS", str(tmp_path))
    (tmp_path / "a").write_bytes(b"chirp")
    monkeypatch.setattr(demo, "recordings", {"a": "Bär.ogg"})
    client, ada = Browser(name), {"auth": ("ada", "ding")}
    client.post("/guests", data=ADDRESS)
    remove = "/backstage/recordings/a/remove"

    page = client.get("/backstage/", **ada).text
    removed = client.post(remove, follow_redirects=True, **ada)
    gone = client.post(remove, follow_redirects=True, **ada)

    assert f'action="{remove}"' in page and "Bär.ogg" in page
    assert ADDRESS["email"] in page
    assert "Removed." in removed.text and "Bär.ogg" not in removed.text
    assert "That was gone already." in gone.text
    assert demo.recordings == {}
    assert not (tmp_path / "a").exists()


def log_in(demo: ModuleType, client: Any, *roles: str) -> Any:
    """Log a new user in, who has these roles, and return the browser.

    It sends the token of the page that it has been to, as the page's scripts do.
    """
    security = import_module(f"{demo.__package__}.security")
    email, password = f"{uuid4().hex}@wren.example", uuid4().hex
    with demo.app.app_context():
        hashed = security.hash_password(password)
        user = demo.users.create_user(email=email, password=hashed)
        demo.users.commit()
        for role in roles:
            security.add_role_to_user(user, role)
    token = TOKEN.search(client.get("/login").text)
    form = {"email": email, "password": password, "csrf_token": token and token[1]}
    assert client.post("/login", data=form).status_code == 303
    token = TOKEN.search(client.get("/account").text)
    client.environ_base["HTTP_X_CSRFTOKEN"] = token and token[1]
    return client


JSON = {"Accept": "application/json"}


@pytest.fixture
def stocked(name: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a client of the staff, for a demo whose bells nobody has changed."""
    demo = demo_of(name)
    if not hasattr(demo, "ROLES"):
        monkeypatch.setitem(demo.app.config, "BACKSTAGE_PASSWORD", "hünter2")
    monkeypatch.setattr(demo, "bells", dict(enumerate(demo.stock, 1)))
    monkeypatch.setattr(demo, "numbers", count(len(demo.stock) + 1))
    return client_of_staff(demo)


def client_of_staff(demo: ModuleType) -> Any:
    client = demo.app.test_client()
    if hasattr(demo, "ROLES"):
        return log_in(demo, client, "staff")
    password = Authorization("basic", {"username": "ann", "password": "hünter2"})
    client.environ_base["HTTP_AUTHORIZATION"] = password.to_header()
    return client


@since(17)
def test_bells_are_a_page_for_people_and_data_for_programs(stocked: Any) -> None:
    for path in ("/bells", "/bells/1"):
        page, data = stocked.get(path), stocked.get(path, headers=JSON)

        assert page.mimetype == "text/html" and "Wren" in page.text
        assert data.is_json and "Wren" in data.text
        assert "Accept" in page.vary and "Accept" in data.vary


@since(17)
def test_bell_that_has_not_changed_is_not_sent_again(stocked: Any) -> None:
    tag = stocked.get("/bells/1", headers=JSON).headers["ETag"]

    again = stocked.get("/bells/1", headers={**JSON, "If-None-Match": tag})
    head = stocked.head("/bells/1", headers=JSON)

    assert (again.status_code, again.text, again.headers["ETag"]) == (304, "", tag)
    assert (head.status_code, head.text, head.headers["ETag"]) == (200, "", tag)


@since(17)
def test_bells_are_changed_by_the_staff_alone(stocked: Any, name: str) -> None:
    stranger = demo_of(name).app.test_client()
    bell, headers = {"name": "Wren", "price": 1}, {"If-Match": "*"}

    answers = [
        stranger.post("/bells", json=bell),
        stranger.put("/bells/1", json=bell, headers=headers),
        stranger.patch("/bells/1", json=bell, headers=headers),
        stranger.delete("/bells/1", headers=headers),
    ]

    # from step 25 on, there is a page to log in on
    assert {answer.status_code for answer in answers} <= {401, 303}
    assert stranger.get("/bells/1", headers=JSON).json["price"] == 24


@since(17)
def test_bell_is_added_and_says_where_it_is(stocked: Any) -> None:
    bell = {"name": "Jenny", "price": 30}

    answer = stocked.post("/bells", json=bell)
    there = stocked.get(answer.location, headers=JSON)

    assert (answer.status_code, answer.json) == (201, bell)
    assert there.json == bell
    assert there.headers["ETag"] == answer.headers["ETag"]


@since(17)
def test_of_two_changes_to_one_version_the_first_is_made(stocked: Any) -> None:
    seen = stocked.get("/bells/1", headers=JSON)
    headers = {**JSON, "If-Match": seen.headers["ETag"]}

    bob = stocked.put("/bells/1", json={**seen.json, "price": 28}, headers=headers)
    ann = stocked.put("/bells/1", json={**seen.json, "name": "Jenny"}, headers=headers)
    now = stocked.get("/bells/1", headers=JSON)

    assert (bob.status_code, ann.status_code) == (204, 412)
    assert now.json == {"name": "Wren", "price": 28}
    # what is kept need not be what was sent, so only a GET has the tag of it
    assert "ETag" not in bob.headers and now.headers["ETag"] != headers["If-Match"]


@since(17)
def test_of_many_changes_at_once_one_is_made(stocked: Any, name: str) -> None:
    tag = stocked.get("/bells/1", headers=JSON).headers["ETag"]

    def change(price: int) -> int:
        bell, headers = {"name": "Wren", "price": price}, {"If-Match": tag}
        client = client_of_staff(demo_of(name))
        return int(client.put("/bells/1", json=bell, headers=headers).status_code)

    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(pool.map(change, range(100, 140)))

    assert statuses == [204, *[412] * 39]


@since(17)
def test_bell_is_changed_in_part(stocked: Any) -> None:
    headers = {"If-Match": "*", "Content-Type": "application/merge-patch+json"}

    answer = stocked.patch("/bells/1", data='{"price": 25}', headers=headers)

    assert answer.json == {"name": "Wren", "price": 25}
    assert (
        answer.headers["ETag"] == stocked.get("/bells/1", headers=JSON).headers["ETag"]
    )


@since(17)
def test_bell_is_removed_by_someone_who_has_seen_it(stocked: Any) -> None:
    tag = stocked.get("/bells/1", headers=JSON).headers["ETag"]

    statuses = [
        stocked.delete("/bells/1", headers=headers).status_code
        for headers in ({}, {"If-Match": '"another"'}, {"If-Match": tag}, {})
    ]

    assert statuses == [428, 412, 204, 404]
    assert len(stocked.get("/bells", headers=JSON).json) == 2


@since(17)
@pytest.mark.parametrize(
    "sent",
    [
        [], "Wren", {}, {"name": "Wren"}, {"name": "Wren", "price": 1, "id": 7},
        {"name": " ", "price": 1}, {"name": "x" * 41, "price": 1},
        {"name": ["Wren"], "price": 1},
        {"name": "Wren", "price": 0}, {"name": "Wren", "price": 10**9},
        {"name": "Wren", "price": "24"}, {"name": "Wren", "price": True},
        {"name": "Wren", "price": 2.5},
    ],
)  # fmt: skip
def test_what_is_no_bell_is_refused(stocked: Any, sent: object) -> None:
    headers = {**JSON, "If-Match": "*"}

    answers = [
        stocked.post("/bells", json=sent, headers=headers),
        stocked.put("/bells/1", json=sent, headers=headers),
    ]

    assert [answer.status_code for answer in answers] == [400, 400]
    assert stocked.get("/bells/1", headers=JSON).json == {"name": "Wren", "price": 24}


@since(17)
@pytest.mark.parametrize("patch", [[], 5, {"name": None}, {"color": "red"}])
def test_patch_that_leaves_no_bell_is_refused(stocked: Any, patch: object) -> None:
    answer = stocked.patch("/bells/1", json=patch, headers={"If-Match": "*"})

    assert answer.status_code == 400
    assert stocked.get("/bells/1", headers=JSON).json == {"name": "Wren", "price": 24}


@since(17)
def test_bells_fill_pages_that_lead_to_each_other(stocked: Any) -> None:
    for number in range(20):
        stocked.post("/bells", json={"name": f"Bell {number}", "price": 1})

    first, middle, last = (
        stocked.get(f"/bells?page={page}", headers=JSON) for page in (1, 2, 3)
    )

    assert [len(each.json) for each in (first, middle, last)] == [10, 10, 3]
    assert first.headers.getlist("Link") == ['</bells?page=2>; rel="next"']
    assert middle.headers.getlist("Link") == [
        '</bells?page=1>; rel="prev"',
        '</bells?page=3>; rel="next"',
    ]
    assert last.headers.getlist("Link") == ['</bells?page=2>; rel="prev"']
    page = stocked.get("/bells?page=2").text
    assert 'rel="prev" href="/bells?page=1"' in page
    assert last.json[-1] == {"name": "Bell 19", "price": 1, "url": "/bells/23"}


@since(17)
@pytest.mark.parametrize(
    ("page", "status"),
    [("0", 404), ("-1", 404), ("2", 404), ("9" * 400, 404), ("x", 200), ("1", 200)],
)
def test_pages_that_are_not_there(stocked: Any, page: str, status: int) -> None:
    assert stocked.get(f"/bells?page={page}").status_code == status


@since(17)
def test_workshop_without_bells_has_one_empty_page(
    stocked: Any, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo_of(name), "bells", {})

    assert stocked.get("/bells", headers=JSON).json == []


@since(17)
def test_stock_has_a_limit(
    stocked: Any, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(demo_of(name).app.config, "STOCK_SIZE", 3)

    answer = stocked.post("/bells", json={"name": "Jenny", "price": 30})

    assert answer.status_code == 403


@between(18, 24)
def test_settings_of_an_installation_are_written_once(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = demo_of(name).app
    monkeypatch.setattr(app, "instance_path", str(tmp_path / "instance"))
    write = ["init", "--password", 'say "é"']

    first, second = (app.test_cli_runner().invoke(args=write) for _ in range(2))

    assert first.exit_code == 0 and second.exit_code > 0
    settings = tomllib.loads((tmp_path / "instance/wren.toml").read_text("utf-8"))
    assert settings["BACKSTAGE_PASSWORD"] == 'say "é"' and settings["SECRET_KEY"]


@since(18)
def test_the_room_that_recordings_take_is_told(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = demo_of(name).app
    monkeypatch.setattr(app, "instance_path", str(tmp_path))
    (tmp_path / "recordings").mkdir()
    (tmp_path / "recordings" / "a.ogg").write_bytes(b"OggS")

    told = app.test_cli_runner().invoke(args=["choir", "room"])

    assert told.output == "1 recordings, 4 bytes\n"


@since(18)
def test_the_shell_knows_the_bells(name: str) -> None:
    demo = demo_of(name)

    assert demo.app.make_shell_context()["bells"] is demo.bells


@since(19)
def test_guest_signs_up_once(name: str) -> None:
    client = Browser(name)

    first, second = (client.post("/guests", json=ADDRESS) for _ in range(2))

    assert (first.status_code, second.status_code) == (201, 409)
    assert "already" in second.text


@since(19)
def test_guests_are_found_by_a_part_of_their_name(name: str) -> None:
    client = Browser(name)
    for guest in ("Ada", "Bob"):
        client.post("/guests", json={"email": f"{guest}@wren.example", "name": guest})

    page = client.get("/guests?name=ad").text

    assert "On the list: 2" in page and "<li>Ada</li>" in page
    assert "Bob" not in page
    assert client.get("/guests?name=%00").status_code == 400


@since(19)
def test_text_that_no_store_keeps_is_refused(name: str) -> None:
    client = Browser(name)

    for text in ("a\0", "\ud800", "a" * 255):
        for field in ("name", "email"):
            data = {**ADDRESS, field: f"{text}@"}
            assert client.post("/guests", json=data).status_code == 400


@since(19)
@pytest.mark.parametrize("store", ["SQLAlchemyGuests", "PeeweeGuests", "LMDBGuests"])
def test_store_is_chosen_by_the_settings(name: str, store: str) -> None:
    demo = demo_of(name)

    chosen = demo.choose_store(store.removesuffix("Guests").lower())

    assert type(chosen).__name__ == store
    with pytest.raises(ValueError, match="GUEST_STORE is 'mongo': choose sqlalchemy"):
        demo.choose_store("mongo")


@since(19)
def test_guests_are_carried_from_one_store_to_another(
    name: str, tmp_path: Path
) -> None:
    app = demo_of(name).app
    file = tmp_path / "guests.jsonl"
    line = '{"email": "a@wren.example", "name": "Z\\u00f6e"}\n'
    file.write_text(line, encoding="utf-8")
    carry = app.test_cli_runner().invoke

    first, second = (carry(args=["guests", "import", str(file)]) for _ in range(2))
    file.write_text("{}", encoding="utf-8")
    wrong = carry(args=["guests", "import", str(file)])

    assert (first.exit_code, second.exit_code, wrong.exit_code) == (0, 1, 1)
    assert "Nobody was added" in second.output and "Nobody was added" in wrong.output
    assert carry(args=["guests", "export"]).output == line


@since(20)
def test_number_of_guests_is_sent_again_when_it_changes(name: str) -> None:
    app = demo_of(name).app
    stream = app.test_client().get("/guests/live", buffered=False)
    events = stream.iter_encoded()

    first = next(events)
    # before the stream waits for it
    Browser(name).post("/guests", data=ADDRESS)
    second = next(events)
    later = threading.Timer(0.1, Browser(name).post, ["/guests"])
    later.kwargs = {"data": {"email": "b@wren.example"}}
    later.start()
    third = next(events)

    assert stream.mimetype == "text/event-stream"
    assert [first, second, third] == [b"data: %d\n\n" % n for n in range(3)]
    join(later)
    stream.close()


@since(20)
def test_silent_stream_finds_out_who_has_left(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    demo = demo_of(name)
    monkeypatch.setattr(demo, "HEARTBEAT", 0)
    stream = demo.app.test_client().get("/guests/live", buffered=False)
    events = stream.iter_encoded()

    said = {next(events) for _ in range(3)}
    stream.close()

    assert said == {b"data: 0\n\n"} and not demo.sign_ups.listeners


@since(20)
def test_news_wake_nobody_whose_loop_has_ended(name: str) -> None:
    news = demo_of(name).News()
    loop = asyncio.new_event_loop()
    loop.close()
    news.listeners[loop] = asyncio.Event()

    news.tell()


@since(20)
def test_all_workshops_are_asked_at_once(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = demo_of(name).app
    # both are asked before one answers
    asked = threading.Barrier(2)

    class Workshop(BaseRequestHandler):
        def handle(self) -> None:
            meet(asked)
            self.request.sendall("3 bells, Zoë\n".encode())

    with (
        ThreadingTCPServer(("127.0.0.1", 0), Workshop) as server,
        closing(socket.create_server(("127.0.0.1", 0))) as nobody,
    ):
        threading.Thread(target=server.serve_forever).start()
        address = f"127.0.0.1:{server.server_address[1]}"
        gone = f"127.0.0.1:{nobody.getsockname()[1]}"
        nobody.close()
        workshops = {"lyon": address, "oslo": address, "bonn": gone, "rome": "x"}
        monkeypatch.setitem(app.config, "WORKSHOPS", workshops)
        monkeypatch.setattr(demo_of(name), "ANSWERS_WITHIN", 60)
        page = app.test_client().get("/workshops").text
        server.shutdown()

    assert page.count("<dd>3 bells, Zoë</dd>") == page.count("<dd>no answer</dd>") == 2


@since(20)
def test_workshop_that_is_silent_is_left_out(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    demo = demo_of(name)
    monkeypatch.setattr(demo, "ANSWERS_WITHIN", 0.01)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        monkeypatch.setitem(demo.app.config, "WORKSHOPS", {"oslo": address})
        page = demo.app.test_client().get("/workshops").text

    assert "<dd>no answer</dd>" in page


@since(20)
def test_page_without_workshops_says_so(name: str) -> None:
    text = demo_of(name).app.test_client().get("/workshops").text

    assert "No workshop is configured." in text


@since(18)
def test_package_with_arguments_is_the_command_line(name: str) -> None:
    told = subprocess.run(
        [sys.executable, "-m", name, "--version"], capture_output=True, text=True
    )

    assert told.returncode == 0 and "Werkzeug" in told.stdout, told.stderr


EVIL = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}


@since(22)
def test_page_of_another_site_sends_nothing(name: str) -> None:
    browser = Browser(name)
    bell = {"name": "Eve", "price": 1}

    answers = [
        browser.post("/guests", data=ADDRESS, headers=EVIL),
        browser.post("/guests", json=ADDRESS, headers=EVIL),
        browser.post("/recordings", data={"recording": (BytesIO(), "")}, headers=EVIL),
        browser.post("/bells", json=bell, headers=EVIL, auth=("ada", "ding")),
        browser.delete("/bells/1", headers=EVIL, auth=("ada", "ding")),
    ]

    # from step 25 on, nobody can have a password cached, so it's asked for first
    assert all(answer.status_code in (403, 401, 303) for answer in answers)
    with demo_of(name).app.app_context():
        assert demo_of(name).guests.count() == 0


@since(22)
def test_form_without_its_token_comes_back_as_it_was_filled_in(name: str) -> None:
    client = Client(demo_of(name).app)
    german = {"Accept-Language": "de"}

    answer = client.post(
        "/guests", data={"name": "<Ada>", "email": "x"}, headers=german
    )
    script = client.post("/guests", json=ADDRESS)

    assert answer.status_code == 400
    assert 'value="&lt;Ada&gt;"' in answer.text
    assert "<title>Fehler: Wren</title>" in answer.text
    assert "Ungültige E-Mail-Adresse." in answer.text and "expired" in answer.text
    assert script.status_code == 400 and "expired" in script.text


@between(22, 24)
def test_staff_needs_a_token_to_remove_a_recording(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    demo = demo_of(name)
    monkeypatch.setitem(demo.app.config, "BACKSTAGE_PASSWORD", "ding")
    monkeypatch.setattr(demo, "recordings", {"a": "Bär.ogg"})
    client, staff = Client(demo.app), {"auth": ("ada", "ding")}

    page = client.get("/backstage/", **staff)
    answer = client.post("/backstage/recordings/a/remove", **staff)

    assert TOKEN.search(page.text)
    assert answer.status_code == 403
    assert demo.recordings == {"a": "Bär.ogg"}


@since(25)
def test_key_of_an_installation_is_written_once(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = demo_of(name).app
    monkeypatch.setattr(app, "instance_path", str(tmp_path / "instance"))

    first, second = (app.test_cli_runner().invoke(args=["init"]) for _ in range(2))

    assert first.exit_code == 0 and second.exit_code > 0
    file = tmp_path / "instance/wren.toml"
    assert len(tomllib.loads(file.read_text("utf-8"))["SECRET_KEY"]) == 64
    assert file.stat().st_mode & 0o77 == 0


def people(demo: ModuleType) -> dict[str, Any]:
    """Return a browser for each kind of user, and one for nobody."""
    roles = [role.name for role in demo.ROLES]
    logins = {role: log_in(demo, demo.app.test_client(), role) for role in roles}
    member = log_in(demo, demo.app.test_client())
    return {"no-login": demo.app.test_client(), "no-role": member, **logins}


# a value for each name in a rule
VALUES = {"city": "oslo", "number": 9, "name": "none", "bird": "wren"}
SENT = {"filename": "wren.css", **VALUES}


@since(25)
def test_every_route_is_open_to_those_who_may_visit_it(name: str) -> None:
    demo = demo_of(name)
    matrix = import_module(f"{name}.security").matrix_of(demo.app)
    urls, browsers = demo.app.url_map.bind("localhost"), people(demo)
    # it would end the visits
    rows = [row for row in matrix if row.endpoint != "security.logout"]
    rules = {rule.endpoint: rule.arguments for rule in demo.app.url_map.iter_rules()}

    for row in rows:
        values = {each: SENT[each] for each in rules[row.endpoint]}
        path = urls.build(row.endpoint, values)
        for who, said in row.answers.items():
            got = visit(browsers[who], path, row.method)
            assert got == said, f"{row.method} {path} as {who}: {got}"


def visit(browser: Any, path: str, method: str) -> str:
    """Return what the rules say to a visit: "login", "no", or "yes"."""
    options = {} if method == "GET" else {"json": {}}
    with browser.open(path, method=method, **options) as answer:
        if answer.status_code == 401 or "/login?" in (answer.location or ""):
            return "login"
        forbidden = answer.status_code == 403 and "allowed to do this" in answer.text
        return "no" if forbidden else "yes"


@since(25)
def test_staff_and_administrators_see_what_they_may_do(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    demo = demo_of(name)
    monkeypatch.setitem(demo.app.config, "RECORDINGS", str(tmp_path))
    (tmp_path / "a").write_bytes(b"chirp")
    monkeypatch.setattr(demo, "recordings", {"a": demo.Recording("Bär.ogg")})
    Browser(name).post("/guests", data=ADDRESS)
    who = people(demo)
    remove = "/backstage/recordings/a/remove"

    staff, admin = (who[each].get("/backstage/").text for each in ("staff", "admin"))
    removed = who["staff"].post(remove, follow_redirects=True)
    gone = who["staff"].post(remove, follow_redirects=True)

    assert f'action="{remove}"' in staff and ADDRESS["email"] in staff
    assert "Bär.ogg" not in admin and ADDRESS["email"] not in admin
    assert "/backstage/accounts" in admin and "/backstage/accounts" not in staff
    assert "Removed." in removed.text and "That was gone already." in gone.text
    assert demo.recordings == {} and not (tmp_path / "a").exists()


@since(25)
def test_other_sites_send_nothing_in_the_name_of_the_staff(
    name: str, stocked: Any
) -> None:
    bell, unseen = {"name": "Eve", "price": 1}, {**EVIL, "If-Match": "*"}

    answers = [
        stocked.post("/bells", json=bell, headers=EVIL),
        stocked.put("/bells/1", json=bell, headers=unseen),
        stocked.delete("/bells/1", headers=unseen),
        stocked.post("/backstage/recordings/a/remove", headers=EVIL),
    ]
    stocked.environ_base.pop("HTTP_X_CSRFTOKEN")
    answers.append(stocked.post("/bells", json=bell))

    assert [answer.status_code for answer in answers] == [403] * 5
    assert len(demo_of(name).bells) == len(demo_of(name).stock)


@since(25)
def test_user_takes_back_what_is_the_users_own(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    demo = demo_of(name)
    monkeypatch.setitem(demo.app.config, "RECORDINGS", str(tmp_path))
    monkeypatch.setattr(demo, "recordings", {"lost": demo.Recording("Lost.ogg")})
    ada, bob = (log_in(demo, demo.app.test_client()) for _ in range(2))
    song = {"recording": (BytesIO(b"chirp"), "Ada.ogg")}
    ada.post("/recordings", data=song)
    mine = next(each for each in demo.recordings if each != "lost")
    take = f"/recordings/{mine}/remove"

    others = [bob.post(url) for url in (take, "/recordings/none/remove")]
    lost = ada.post("/recordings/lost/remove")

    assert take in ada.get("/recordings").text
    assert take not in bob.get("/recordings").text
    assert {answer.status_code for answer in [*others, lost]} == {404}
    # each page has the id of its request
    texts = [re.sub("<code>.*</code>", "", answer.text) for answer in others]
    assert texts[0] == texts[1].replace("none", mine)
    assert ada.post(take).status_code == 303
    assert {*demo.recordings} == {"lost"} and [*tmp_path.iterdir()] == []


@pytest.fixture
def admin(name: str) -> Any:
    """Return an administrator's browser, and the demo's users."""
    demo = demo_of(name)
    return log_in(demo, demo.app.test_client(), "admin")


def account_of(demo: ModuleType, browser: Any) -> Any:
    """Return the user who is logged in in a browser, as it is now."""
    with demo.app.app_context():
        email = re.search(r"[0-9a-f]{32}@wren.example", browser.get("/account").text)
        user = demo.users.find_user(email=email and email[0])
        # they are read in the context
        assert user.roles is not None
        return user


@since(25)
def test_administrator_gives_and_takes_roles(name: str, admin: Any) -> None:
    demo = demo_of(name)
    ada = log_in(demo, demo.app.test_client())
    user = account_of(demo, ada)
    url = f"/backstage/accounts/{user.id}"

    found = admin.get(f"/backstage/accounts?email={user.email.upper()}")
    given = admin.post(url, data={"active": "y", "roles": ["staff"]})
    listed, page = admin.get("/backstage/accounts"), admin.get(url)
    first = ada.get("/backstage/").status_code
    taken = admin.post(url, data={"active": "y"})
    second = ada.get("/backstage/").status_code

    assert url in found.text and url in listed.text and "staff" in listed.text
    assert "checked" in page.text and "password" not in page.text.casefold()
    assert given.location == taken.location == url
    assert (first, second) == (200, 403)


@since(25)
def test_administrator_closes_an_account_and_ends_its_logins(
    name: str, admin: Any
) -> None:
    demo = demo_of(name)
    ada, bob = (log_in(demo, demo.app.test_client()) for _ in range(2))
    urls = [f"/backstage/accounts/{account_of(demo, each).id}" for each in (ada, bob)]

    closed = admin.post(urls[0], data={})
    ended = admin.post(f"{urls[1]}/logins/end", follow_redirects=True)

    assert closed.status_code == 303 and "Ended." in ended.text
    assert ada.get("/account").status_code == bob.get("/account").status_code == 303


@since(25)
def test_page_that_was_loaded_before_a_role_was_taken_gives_it_to_nobody(
    name: str, admin: Any
) -> None:
    demo = demo_of(name)
    ada = log_in(demo, demo.app.test_client(), "staff")
    url = f"/backstage/accounts/{account_of(demo, ada).id}"
    seen = re.findall('name="seen".* value="(.*?)"', admin.get(url).text)[0]

    admin.post(url, data={"active": "y"})
    late = admin.post(url, data={"active": "y", "roles": ["staff"], "seen": seen})

    assert late.status_code == 409 and "in the meantime" in late.text
    assert ada.get("/backstage/").status_code == 403


@since(25)
def test_of_two_administrators_who_send_at_once_one_is_too_late(
    name: str, admin: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    demo = demo_of(name)
    ada = log_in(demo, demo.app.test_client())
    account, both = account_of(demo, ada), threading.Barrier(2)
    url = f"/backstage/accounts/{account.id}"
    seen = re.findall('name="seen".* value="(.*?)"', admin.get(url).text)[0]
    browsers = [admin, log_in(demo, demo.app.test_client(), "admin")]
    is_valid = demo.RightsForm.validate_on_submit

    def wait_for_the_other(form: Any) -> bool:
        # now both have read the account
        meet(both)
        return is_valid(form)

    monkeypatch.setattr(demo.RightsForm, "validate_on_submit", wait_for_the_other)
    roles = [["staff"], ["admin"]]

    def send(number: int) -> int:
        data = {"active": "y", "roles": roles[number], "seen": seen}
        return browsers[number].post(url, data=data).status_code

    answers = at_once(2, send)

    assert sorted(answers) == [303, 409]
    assert account_of(demo, ada).roles == {*roles[answers.index(303)]}


@since(25)
@pytest.mark.parametrize("sent", [0, 0.0, "0", "no", "off", "False", None, False, ""])
def test_account_is_not_opened_by_a_program_that_says_no(
    name: str, admin: Any, sent: Any
) -> None:
    demo = demo_of(name)
    ada = log_in(demo, demo.app.test_client())
    account = account_of(demo, ada)
    url = f"/backstage/accounts/{account.id}"
    admin.post(url, json={"active": False})

    admin.post(url, json={"active": sent})

    assert not admin.get(url, headers=JSON).json["active"]


@since(25)
def test_last_administrator_stays(name: str, admin: Any) -> None:
    demo = demo_of(name)
    url = f"/backstage/accounts/{account_of(demo, admin).id}"

    answers = [
        admin.post(url, data=data)
        for data in ({"active": "y"}, {"roles": ["admin"]}, {})
    ]

    assert [answer.status_code for answer in answers] == [409] * 3
    assert "Nobody else has the role admin." in answers[0].text
    assert admin.get(url).status_code == 200


@since(25)
def test_change_that_is_refused_changes_nothing(name: str, admin: Any) -> None:
    url = f"/backstage/accounts/{account_of(demo_of(name), admin).id}"
    admin.post(url, json={"roles": ["admin", "staff"]})

    refused = admin.post(url, json={"roles": []})

    assert refused.status_code == 409
    assert admin.get(url, headers=JSON).json["roles"] == ["admin", "staff"]


@since(25)
def test_administrator_changes_nothing_but_rights(name: str, admin: Any) -> None:
    demo = demo_of(name)
    ada = log_in(demo, demo.app.test_client())
    before = account_of(demo, ada)
    url = f"/backstage/accounts/{before.id}"
    more = {"password": "x", "email": "x@wren.example", "fs_uniquifier": "x", "id": "1"}

    changed = admin.post(url, data={"active": "y", **more})
    unknown = admin.post(url, data={"active": "y", "roles": ["owner"]})

    after = account_of(demo, ada)
    assert changed.status_code == 303 and unknown.status_code == 400
    for each in ("id", "email", "password", "fs_uniquifier"):
        assert getattr(after, each) == getattr(before, each)
    assert after.roles == set()


@since(25)
def test_program_changes_what_it_sends_and_nothing_else(name: str, admin: Any) -> None:
    demo = demo_of(name)
    ada = log_in(demo, demo.app.test_client(), "staff")
    url = f"/backstage/accounts/{account_of(demo, ada).id}"

    admin.post(url, json={"active": True})
    first = admin.get(url, headers=JSON).json
    admin.post(url, json={"roles": []})
    second = admin.get(url, headers=JSON).json

    assert (first["active"], first["roles"]) == (True, ["staff"])
    assert (second["active"], second["roles"]) == (True, [])


@since(25)
def test_program_gets_the_fields_that_are_listed(name: str, admin: Any) -> None:
    demo = demo_of(name)
    number = account_of(demo, admin).id

    one = admin.get(f"/backstage/accounts/{number}", headers=JSON)
    all_of_them = admin.get("/backstage/accounts", headers=JSON)

    assert {*one.json} == {"number", "email", "active", "roles"}
    assert all_of_them.json == [one.json]
    assert admin.get("/backstage/accounts/99", headers=JSON).status_code == 404
    assert admin.get("/backstage/accounts?email=x", headers=JSON).json == []


@since(25)
def test_administrator_gives_the_password_again_after_a_while(
    name: str, admin: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(demo_of(name).app.config, "SECURITY_FRESHNESS", timedelta(0))

    answer = admin.get("/backstage/accounts")

    assert answer.location.startswith("/verify?next=/backstage/accounts")
    assert admin.get("/backstage/").status_code == 200
