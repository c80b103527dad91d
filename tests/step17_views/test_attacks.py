"""The dangers of step 17: a change that undoes another, and what a class gives away."""

import json
from threading import Lock

import pytest
from step17_views import (
    App,
    MethodView,
    Response,
    View,
    check_if_match,
    request,
)
from werkzeug.http import generate_etag

from costrel.testing.threads import at_once

OWN_CHECK = (
    "Flask leaves If-Match to its user: Werkzeug heeds it for GET and HEAD alone"
)


def make_shop():
    """Return an app with one bell, that two people look after, and the bell."""
    app, bell, lock = App(__name__), {"name": "Wren", "price": 24}, Lock()

    def tag():
        return generate_etag(repr(sorted(bell.items())).encode())

    class Bell(MethodView):
        def get(self):
            response = Response(json.dumps(bell), mimetype="application/json")
            response.set_etag(tag())
            return response

        def put(self):
            data = request.get_json()
            with lock:
                check_if_match(tag())
                bell.update(data)
            return "", 204

    app.add_url_rule("/bell", view_func=Bell.as_view("bell"))
    return app, bell


@pytest.mark.attack
@pytest.mark.differs(OWN_CHECK, safer=True)
def test_change_is_not_lost_to_a_later_one():
    app, bell = make_shop()
    ann, bob = app.test_client(), app.test_client()
    seen = [client.get("/bell") for client in (ann, bob)]
    tags = [{"If-Match": answer.headers["ETag"]} for answer in seen]

    bob.put("/bell", json={**seen[1].json, "price": 28}, headers=tags[1])
    answer = ann.put("/bell", json={**seen[0].json, "name": "Jenny"}, headers=tags[0])

    assert bell["price"] == 28, f"the attack worked: Bob's price is {bell['price']}"
    assert answer.status_code == 412


@pytest.mark.attack
@pytest.mark.differs(OWN_CHECK, safer=True)
def test_change_is_not_lost_to_one_that_has_seen_nothing():
    app, bell = make_shop()

    answer = app.test_client().put("/bell", json={"price": 1})

    assert bell["price"] == 24, "the attack worked: the price was written over unseen"
    assert answer.status_code == 428


@pytest.mark.attack
@pytest.mark.differs(OWN_CHECK, safer=True)
def test_one_of_many_changes_at_once_is_made():
    app, bell = make_shop()
    headers = {"If-Match": app.test_client().get("/bell").headers["ETag"]}

    def change(price):
        answer = app.test_client().put("/bell", json={"price": price}, headers=headers)
        return answer.status_code, price

    statuses = at_once(8, change)

    made = [price for status, price in statuses if status == 204]
    assert made == [bell["price"]], f"the attack worked: {made} were all accepted"
    assert sorted(status for status, _ in statuses) == [204, *[412] * 7]


@pytest.mark.attack
def test_visitor_does_not_see_what_another_left_on_the_view():
    class Greeting(View):
        name = "nobody"

        def dispatch_request(self):
            self.name = request.args.get("name", self.name)
            return f"Hello, {self.name}!"

    app = App(__name__)
    app.add_url_rule("/", view_func=Greeting.as_view("greeting"))
    app.test_client().get("/?name=Ada")

    seen = app.test_client().get("/").text

    assert seen == "Hello, nobody!", f"the attack worked: Eve reads {seen!r}"


@pytest.mark.attack
@pytest.mark.differs("Flask collects the method again", safer=True)
def test_method_that_a_class_has_closed_is_not_open_in_its_subclass():
    class Account(MethodView):
        def get(self):
            return "read"

        def delete(self):
            return "gone"

    class ReadOnly(Account):
        methods = ["GET"]

    class Friendly(ReadOnly):
        def get(self):
            return "Hello! You may read."

    app = App(__name__)
    app.add_url_rule("/", view_func=Friendly.as_view("account"))

    answer = app.test_client().delete("/")

    assert answer.status_code == 405, f"the attack worked: {answer.text}"
