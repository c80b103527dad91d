"""The exercise `shared`: a view that can't keep what a visitor sent."""

import re

import pytest
from exercise import SharedView
from step17_views import App, MethodView, g, request


class Search(SharedView):
    loaded = 0

    def __init__(self, songs):
        self.songs = songs
        type(self).loaded += 1

    def get(self):
        g.query = request.args["q"]
        return ", ".join(song for song in self.songs if g.query in song)

    def post(self):
        self.query = request.form["q"]
        return f"you searched for {self.query}"

    def delete(self):
        del self.songs
        return "gone"


@pytest.fixture
def client():
    Search.loaded = 0
    app = App(__name__)
    app.testing = True
    app.add_url_rule("/", view_func=Search.as_view("search", ["wren", "robin"]))
    return app.test_client()


def test_one_instance_answers_everyone(client):
    texts = [client.get(f"/?q={query}").text for query in ("re", "o", "r")]

    assert texts == ["wren", "robin", "wren, robin"]
    assert Search.loaded == 1


def test_it_is_a_method_view(client):
    assert issubclass(SharedView, MethodView)
    assert client.put("/").status_code == 405


def test_attribute_is_not_set_during_a_request(client):
    with pytest.raises(AttributeError, match=r"query") as caught:
        client.post("/", data={"q": "wren"})

    assert "Search" in str(caught.value)
    assert re.search(r"\bg\b", str(caught.value))


def test_attribute_is_not_deleted_during_a_request(client):
    with pytest.raises(AttributeError, match=r"songs"):
        client.delete("/")

    assert client.get("/?q=re").text == "wren"


def test_next_visitor_sees_nothing_of_it(client):
    with pytest.raises(AttributeError):
        client.post("/", data={"q": "wren"})

    assert not hasattr(Search, "query")
    assert client.get("/?q=o").text == "robin"


def test_view_may_be_made_in_a_request_context():
    app = App(__name__)
    with app.test_request_context():
        view = Search.as_view("search", ["wren"])
    app.add_url_rule("/", view_func=view)

    assert app.test_client().get("/?q=re").text == "wren"


def test_other_views_are_left_alone():
    class Greeting(MethodView):
        def get(self):
            self.name = request.args["name"]
            return f"Hello, {self.name}!"

    app = App(__name__)
    app.add_url_rule("/", view_func=Greeting.as_view("greeting"))

    assert app.test_client().get("/?name=Ada").text == "Hello, Ada!"
