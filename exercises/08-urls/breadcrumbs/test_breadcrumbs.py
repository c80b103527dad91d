"""The exercise `breadcrumbs`: the pages above this one."""

import pytest
from exercise import breadcrumbs
from step08_urls import App
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.test import Client


@pytest.fixture
def app():
    app = App(__name__)
    app.testing = True

    def show(**values):
        return " ".join(f"{endpoint}={url}" for endpoint, url in breadcrumbs())

    app.add_url_rule("/", "index", show)
    app.add_url_rule("/songs/", "songs", show)
    app.add_url_rule("/songs/<int:number>", "song", show, methods=["DELETE"])
    app.add_url_rule("/songs/<int:number>/text", "text", show)
    app.add_url_rule("/cities/<city>", "city", show)
    app.add_url_rule("/cities/<city>/party/", "party", show)
    return app


def test_front_page_has_nothing_above(app):
    assert app.test_client().get("/").text == ""


def test_pages_above_are_listed_from_the_top(app):
    text = app.test_client().get("/songs/2/text").text

    assert text == "index=/ songs=/songs/"


def test_values_are_kept(app):
    text = app.test_client().get("/cities/zürich/party/").text

    assert text == "index=/ city=/cities/z%C3%BCrich"


def test_query_is_not_part_of_the_way(app):
    assert app.test_client().get("/songs/?page=2/3").text == "index=/"


def test_prefix_of_a_mount_is_kept(app):
    client = Client(DispatcherMiddleware(App("shop"), {"/wren": app}))

    text = client.get("/wren/songs/2/text").text

    assert text == "index=/wren/ songs=/wren/songs/"


def test_request_is_needed():
    with pytest.raises(RuntimeError, match="request"):
        breadcrumbs()
