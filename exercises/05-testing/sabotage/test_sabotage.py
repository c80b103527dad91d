"""The exercise `sabotage`: who notices when a view is broken?"""

import pytest
from exercise import sabotage
from step05_testing import App

# no check here looks at that view, so its sabotage would be on the list, too
replaced_by_static = pytest.mark.until(12, "an app has a view for its static files")


@pytest.fixture
def app():
    app = App(__name__)

    @app.route("/")
    def index():
        return "<h1>Wren</h1>"

    @app.route("/songs/<int:number>")
    def song(number):
        return f"<h1>Song {number}</h1>"

    @app.errorhandler(404)
    def lost(error):
        return "<h1>Wren is silent</h1>", 404

    return app


def looks_at_front(client):
    response = client.get("/")
    assert response.status_code == 200
    assert "<h1>Wren</h1>" in response.text


def looks_for_the_word(client):
    assert "Wren" in client.get("/").text


def looks_at_the_status(client):
    assert client.get("/").status_code == 200


def looks_at_the_song(client):
    assert client.get("/songs/3").text == "<h1>Song 3</h1>"


@replaced_by_static
def test_good_checks_let_nothing_pass(app):
    assert sabotage(app, [looks_at_front, looks_at_the_song]) == []


@replaced_by_static
def test_view_without_a_check_may_be_broken(app):
    kinds = [kind for endpoint, kind in sabotage(app, [looks_at_front])]

    assert kinds == ["empty", "other page", "raises"]


@replaced_by_static
def test_word_stands_on_the_error_page_too(app):
    unnoticed = sabotage(app, [looks_for_the_word, looks_at_the_song])

    assert unnoticed == [("index", "other page")]


@replaced_by_static
def test_status_alone_says_nothing_about_the_page(app):
    unnoticed = sabotage(app, [looks_at_the_status, looks_at_the_song])

    assert unnoticed == [("index", "empty"), ("index", "other page")]


@replaced_by_static
def test_one_check_of_several_is_enough(app):
    checks = [looks_at_the_status, looks_for_the_word, looks_at_the_song]

    assert sabotage(app, checks) == [("index", "other page")]


def test_views_are_put_back(app):
    before = dict(app.view_functions)

    sabotage(app, [looks_at_front])

    assert app.view_functions == before
    assert app.testing is False


@pytest.mark.parametrize("ending", [SystemExit, KeyboardInterrupt])
def test_views_are_put_back_when_a_check_ends_everything(app, ending):
    before = dict(app.view_functions)

    def leaves(client):
        if client.get("/").text == "":
            raise ending

    with pytest.raises(ending):
        sabotage(app, [leaves])

    assert app.view_functions == before and app.testing is False


def test_failing_check_is_named_before_anything_is_broken(app):
    def finds_nothing(client):
        assert client.get("/nowhere").status_code == 200

    with pytest.raises(ValueError, match="finds_nothing"):
        sabotage(app, [finds_nothing])


def test_each_check_is_a_new_visitor(app):
    app.route("/set")(lambda: ("", {"Set-Cookie": "seen=yes"}))
    clients = []

    def keeps(client):
        clients.append(client)
        assert client.get_cookie("seen") is None
        client.get("/set")

    sabotage(app, [keeps])

    assert len({id(client) for client in clients}) == len(clients) > 3
