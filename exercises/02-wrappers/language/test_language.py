"""The exercise `language`: cookie, then browser, then the first."""

import pytest
from exercise import preferred_language
from step02_wrappers import App, Request
from werkzeug.test import Client, create_environ

OFFERED = ["en", "de", "fr"]


def chosen(**headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return preferred_language(Request(create_environ("/", headers=named)), OFFERED)


def test_silent_visitor_gets_the_first():
    assert chosen() == "en"


def test_header_is_followed():
    assert chosen(Accept_Language="fr") == "fr"


def test_weight_counts_and_not_the_order():
    assert chosen(Accept_Language="fr;q=0.3, de;q=0.8, en;q=0.1") == "de"


def test_dialect_is_content_with_its_language():
    assert chosen(Accept_Language="de-CH") == "de"


def test_language_with_weight_zero_is_refused():
    assert chosen(Accept_Language="fr;q=0, de;q=0.1") == "de"


def test_cookie_counts_more_than_the_header():
    assert chosen(Cookie="language=de", Accept_Language="fr") == "de"


@pytest.mark.parametrize("cookie", ["language=tlh", "language=", "language=EN;de"])
def test_cookie_with_something_else_is_ignored(cookie):
    assert chosen(Cookie=cookie, Accept_Language="fr") == "fr"


@pytest.mark.parametrize("header", ["", "*", ";;;", "q=1", "tlh", "de;q=high"])
def test_odd_header_is_no_reason_to_fail(header):
    assert chosen(Accept_Language=header) in OFFERED


@pytest.mark.until(7, "views get no request: they import the current one")
def test_it_serves_a_view():
    app = App(__name__)

    @app.route("/")
    def index(request):
        return preferred_language(request, OFFERED)

    response = Client(app).get("/", headers={"Accept-Language": "fr-CA, tlh;q=0.5"})

    assert response.text == "fr"
