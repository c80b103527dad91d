"""What step 8 promises: redirects, and a look at where they lead."""

from html import unescape

import pytest
from step08_urls import App, Response, abort, is_local_url, redirect, url_for
from werkzeug.exceptions import Aborter, ImATeapot, NotFound


def visit(view):
    """Return the response of an app whose only view is given."""
    app = App(__name__)
    app.add_url_rule("/", "index", view)
    return app.test_client().get("/")


def test_redirect_sends_the_client_elsewhere():
    response = visit(lambda: redirect("/songs/?page=2"))

    assert response.status_code == 302
    assert response.headers["Location"] == "/songs/?page=2"


@pytest.mark.optional
def test_redirect_is_of_the_apps_class():
    class NotedResponse(Response):
        pass

    class NotingApp(App):
        response_class = NotedResponse

    app = NotingApp(__name__)
    with app.app_context():
        assert type(redirect("/")) is NotedResponse
    assert type(app.redirect("/", 303)) is NotedResponse
    assert type(redirect("/", Response=NotedResponse)) is NotedResponse


@pytest.mark.optional
def test_abort_is_the_apps_aborter():
    class ClosedShop(NotFound):
        description = "The shop is closed."

    class Shop(App):
        def make_aborter(self):
            return Aborter(extra={700: ClosedShop})

    app = Shop(__name__)
    with app.app_context(), pytest.raises(ClosedShop):
        abort(700)
    with pytest.raises(ImATeapot):
        abort(418)


@pytest.mark.optional
def test_aborter_is_of_the_class_that_the_app_names():
    class Silence(Aborter):
        def __call__(self, code, *arguments, **options):
            raise NotFound

    class QuietApp(App):
        aborter_class = Silence

    with QuietApp(__name__).app_context(), pytest.raises(NotFound):
        abort(403)


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_redirect_has_the_code_it_is_given(code):
    assert visit(lambda: redirect("/", code)).status_code == code


def test_redirect_quotes_what_is_not_ascii():
    response = visit(lambda: redirect("/zürich?q=ü"))

    assert response.headers["Location"] == "/z%C3%BCrich?q=%C3%BC"


def test_page_of_a_redirect_has_no_markup_of_its_target():
    page = visit(lambda: redirect('/"><script>')).text

    assert "<script>" not in page


def test_redirect_has_no_header_of_its_target():
    # refused with an error, or quoted: both will do
    response = visit(lambda: redirect("/\r\nSet-Cookie: language=evil"))

    assert "Set-Cookie" not in response.headers


def test_client_follows_a_redirect_that_was_built():
    app = App(__name__)
    app.add_url_rule("/old", "old", lambda: redirect(url_for("new", name="ü ö")))
    app.add_url_rule("/new/<name>", "new", lambda name: name)

    assert app.test_client().get("/old", follow_redirects=True).text == "ü ö"


@pytest.mark.differs("Flask answers with 500, or without an answer", safer=True)
@pytest.mark.parametrize("target", ["//[", "http://[::1/", "https://a]/", "//a\0b/"])
def test_redirect_to_what_is_no_url_is_answered_with_400(target):
    response = visit(lambda: redirect(target))

    assert response.status_code == 400
    # an app's own page may show the description unescaped
    assert target not in unescape(response.text)


@pytest.mark.differs("Flask leaves it to the app where a redirect leads")
@pytest.mark.parametrize(
    "url",
    [
        "/",
        "/zürich",
        "/songs/?page=2&sort=a%20b",
        "/songs/#top",
        "/language?next=//evil.example",
    ],
)
def test_path_is_local(url):
    assert is_local_url(url)


@pytest.mark.optional
@pytest.mark.differs("Flask leaves it to the app where a redirect leads")
@pytest.mark.parametrize(
    "url",
    [
        "/@evil.example",
        "/%2F/evil.example",
        "/%5Cevil.example",
        "/.//evil.example",
        "/;//evil.example",
        "/／evil.example",
    ],
)
def test_path_that_only_looks_strange_is_local(url):
    assert is_local_url(url)


@pytest.mark.differs("Flask leaves it to the app where a redirect leads", safer=True)
@pytest.mark.parametrize(
    "url", ["", "songs/", "?page=2", "#top", "javascript:alert(1)", "/a b", "/a\\b"]
)
def test_what_is_not_a_clean_path_is_not_local(url):
    assert not is_local_url(url)
