"""The exercise `strict`: no unexpected status goes unnoticed."""

import pytest
from exercise import App


@pytest.fixture
def client():
    app = App(__name__)
    app.testing = True

    @app.route("/songs/")
    def songs():
        return "songs"

    @app.route("/language")
    def language(request):
        return request.cookies["language"]

    @app.post("/guests")
    def sign_up(request):
        return request.form["email"], 201, {"Set-Cookie": "language=de"}

    @app.errorhandler(404)
    def lost(error):
        return "<h1>Wren is silent</h1>" + "x" * 10_000, 404

    return app.test_client()


def test_good_answer_is_given(client):
    assert client.get("/songs/").text == "songs"
    assert client.get("/songs").status_code == 308


def test_unexpected_404_fails(client):
    with pytest.raises(AssertionError, match=r"GET /press/kit answered 404") as caught:
        client.get("/press/kit")

    assert "Wren is silent" in str(caught.value)
    assert len(str(caught.value)) < 500


def test_other_methods_are_named(client):
    with pytest.raises(AssertionError, match=r"DELETE /songs/ answered 405"):
        client.delete("/songs/")


def test_expected_404_is_given(client):
    assert client.get("/press/kit", expect=404).status_code == 404


def test_success_fails_where_an_error_was_expected(client):
    with pytest.raises(AssertionError, match=r"GET /songs/ answered 200"):
        client.get("/songs/", expect=404)


@pytest.mark.until(7, "views get no request: they import the current one")
def test_form_and_cookies_work(client):
    answer = client.post("/guests", data={"email": "ada@wren.example"})

    assert (answer.status_code, answer.text) == (201, "ada@wren.example")
    assert client.get("/language").text == "de"


def test_followed_redirect_counts_at_its_end(client):
    assert client.get("/songs", follow_redirects=True).text == "songs"
    assert client.get("/songs", follow_redirects=True, expect=200)
