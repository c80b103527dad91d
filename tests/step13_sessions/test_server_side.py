"""What a store on the server can do besides: end a session for good."""

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest
from step13_sessions import App, session


@pytest.fixture
def store(tmp_path):
    path = Path(__file__).parent / "variants" / "server_side.py"
    spec = spec_from_file_location("variant_server_side", path)
    variant = module_from_spec(spec)
    spec.loader.exec_module(variant)
    return variant.ServerSideSessionInterface(tmp_path / "sessions.sqlite")


@pytest.fixture
def app(store):
    app = App(__name__)
    app.testing = True
    app.session_interface = store

    @app.route("/login/<user>")
    def login(user):
        store.regenerate(session)
        session["user"] = user
        return "hello"

    app.add_url_rule("/logout", "logout", lambda: session.clear() or "bye")
    app.add_url_rule("/", "index", lambda: session.get("user", "nobody"))
    return app


def name_of(app, number):
    client = app.test_client()
    client.set_cookie("session", number)
    return client.get("/").text


@pytest.mark.optional
def test_no_key_is_needed_and_the_cookie_says_nothing(app):
    client = app.test_client()
    client.get("/login/ada")
    number = client.get_cookie("session").value

    assert client.get("/").text == "ada"
    assert len(number) == 43
    assert client.get("/") and client.get_cookie("session").value == number


@pytest.mark.optional
def test_copied_cookie_is_worth_nothing_after_the_logout(app):
    client = app.test_client()
    client.get("/login/ada")
    copied = client.get_cookie("session").value
    assert name_of(app, copied) == "ada"

    client.get("/logout")

    assert name_of(app, copied) == "nobody"


@pytest.mark.optional
def test_login_gives_a_new_number_and_takes_the_old_one_back(app):
    client = app.test_client()
    client.get("/login/eve")
    planted = client.get_cookie("session").value

    client.get("/login/ada")

    assert client.get("/").text == "ada"
    assert name_of(app, planted) == "nobody"


@pytest.mark.optional
def test_number_that_was_made_up_is_not_taken_over(app):
    client = app.test_client()
    client.set_cookie("session", "made up")
    client.get("/login/ada")

    assert client.get_cookie("session").value != "made up"
    assert name_of(app, "made up") == "nobody"


@pytest.mark.optional
def test_rows_can_be_removed_by_the_owner(app, store):
    client = app.test_client()
    client.get("/login/ada")

    store.run("DELETE FROM session")

    assert client.get("/").text == "nobody"
