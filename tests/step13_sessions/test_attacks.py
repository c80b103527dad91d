"""The dangers of step 13: a cookie edited, forged with an old key, or pickled."""

import os
import pickle
import random
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode

import pytest
from itsdangerous import BadData
from itsdangerous.encoding import base64_decode
from step13_sessions import App, Request, session
from werkzeug.http import dump_cookie, parse_cookie
from werkzeug.test import create_environ

KEY = "a key that nobody knows"
STOLEN_KEY = "a key that somebody knows"
ALPHABET = 'ABCZabcz0189-_.=!~ "\\;,é\x00'


def make_app(key):
    """Make an app that greets the user named in the session."""
    app = App(__name__)
    app.secret_key = key
    app.testing = True

    @app.route("/")
    def index():
        return session.get("user", "nobody")

    @app.route("/login/<user>")
    def login(user):
        session["user"] = user
        return "hello"

    return app


def cookie_of(app, user):
    """Log in, and return the value of the cookie."""
    client = app.test_client()
    client.get(f"/login/{user}")
    return client.get_cookie("session").value


def name_of(app, cookie):
    """Visit with a cookie, and return the name the app greets."""
    client = app.test_client()
    client.set_cookie("session", cookie)
    return client.get("/").text


def decoded(piece):
    """Decode a piece of a cookie, as anybody can, or give nothing."""
    try:
        return urlsafe_b64decode(piece + "=" * (-len(piece) % 4))
    except ValueError:
        return b""


def edited(cookie, name, other):
    """Write another name into what can be read of a cookie.

    Where a piece is in Base64, first that piece alone, then in its place.
    """
    if name in cookie:
        yield cookie.replace(name, other)
    for piece in re.findall(r"[\w+/-]+", cookie):
        content = decoded(piece)
        if name.encode() in content:
            content = content.replace(name.encode(), other.encode())
            forged = urlsafe_b64encode(content).decode()
            yield forged
            yield cookie.replace(piece, forged.rstrip("="))


@pytest.mark.asvs("7.2.1", "9.1.1")
@pytest.mark.attack
def test_visitor_who_edits_the_cookie_becomes_nobody_else():
    app = make_app(KEY)

    for forged in edited(cookie_of(app, "eve"), "eve", "admin"):
        name = name_of(app, forged)
        assert name == "nobody", f"the attack worked: eve's cookie, edited, is {name}'s"


@pytest.mark.attack
def test_stolen_key_opens_nothing_once_it_is_retired():
    forged = cookie_of(make_app(STOLEN_KEY), "admin")
    app = make_app(KEY)

    name = name_of(app, forged)

    assert name == "nobody", f"the attack worked: the thief of an old key is {name}"


class Bomb:
    """An object that runs code when it is unpickled; here it makes a folder."""

    def __init__(self, folder):
        self.folder = folder

    def __reduce__(self):
        return os.mkdir, (str(self.folder),)


@pytest.mark.asvs("1.3.2")
@pytest.mark.attack
def test_cookie_is_never_unpickled(tmp_path):
    app = make_app(KEY)
    app.testing = False
    folder = tmp_path / "made by a visitor"
    bomb = urlsafe_b64encode(pickle.dumps({"user": Bomb(folder)})).decode()
    rest = cookie_of(make_app(STOLEN_KEY), "eve").split(".")[1:]

    for forged in (bomb, ".".join([bomb.rstrip("="), *rest])):
        name_of(app, forged)
        assert not folder.exists(), "the attack worked: a cookie ran code on the server"


def mutants(cookie, amount):
    """Change a cookie in one to three places, differently each time."""
    dice = random.Random(13)
    for _ in range(amount):
        mutant = cookie
        for _ in range(dice.choice([1, 1, 2, 3])):
            place = dice.randrange(len(mutant))
            width = dice.choice([0, 1, 1, 1, 2, len(mutant)])
            piece = "".join(dice.choices(ALPHABET, k=dice.choice([0, 1, 1, 2])))
            mutant = mutant[:place] + piece + mutant[place + width :] or "."
        yield mutant


def is_other_spelling(cookie, cookies):
    """Return whether the signed text and the bits of the signature are the same.

    Base64 has several spellings of the same bits, and skips what it doesn't know.
    """
    signed, _, signature = cookie.encode().rpartition(b".")
    other, _, other_signature = cookies["session"].encode().rpartition(b".")
    if cookie == cookies["session"]:
        return True
    if signed != other:
        return False
    try:
        return base64_decode(signature) == base64_decode(other_signature)
    except BadData:
        return False


@pytest.mark.attack
def test_1000_mutated_cookies_are_nobodys():
    app = make_app(KEY)
    app.testing = False
    cookie = cookie_of(app, "eve")
    plain, statuses = create_environ("/"), []

    for mutant in mutants(cookie, 1000):
        environ = {**plain, "HTTP_COOKIE": dump_cookie("session", mutant, max_size=0)}
        body = app(environ, lambda status, headers: statuses.append(status))
        name = b"".join(body).decode()
        if name == "eve" and is_other_spelling(cookie, parse_cookie(environ)):
            continue
        assert name == "nobody", f"the attack worked: {mutant!r} gives {name!r}"

    assert statuses == ["200 OK"] * 1000


@pytest.mark.attack
@pytest.mark.once("20,000 cookies take seconds")
def test_20000_mutated_cookies_open_no_session():
    app = make_app(KEY)
    cookie = cookie_of(app, "eve")
    interface = getattr(app, "session_interface", None)
    plain = create_environ("/")
    assert interface, "the attack worked: nothing looks at what a visitor sends"

    for mutant in mutants(cookie, 20_000):
        crumbs = dump_cookie("session", mutant, max_size=0)
        request = Request({**plain, "HTTP_COOKIE": crumbs})
        opened = interface.open_session(app, request)
        if opened and is_other_spelling(cookie, request.cookies):
            continue
        assert not opened, f"the attack worked: {mutant!r} gives {opened!r}"
