"""The exercise `once`: a form that is sent twice is taken once."""

import re

import pytest
from exercise import OnceForm
from step22_forms import App, render_template_string
from wtforms import StringField
from wtforms.validators import InputRequired

from costrel.testing.threads import at_once


class Order(OnceForm):
    bell = StringField("Bell", [InputRequired()])


def make_shop():
    app = App("shop")
    app.testing = True
    app.secret_key = "not a secret"
    app.extensions["orders"] = []

    @app.route("/", methods=["GET", "POST"])
    def order():
        form = Order()
        if form.validate_on_submit():
            app.extensions["orders"].append(form.bell.data)
            return "taken"
        page = "{{ form.hidden_tag() }}{{ form.errors }}"
        return render_template_string(page, form=form), 400 if form.errors else 200

    return app


@pytest.fixture
def shop():
    return make_shop()


def fields_in(page):
    """Return the hidden fields of a page."""
    inputs = re.findall(r"<input [^>]*>", page)
    pairs = [re.search(r'name="(\w+)".*value="([^"]*)"', each) for each in inputs]
    return {pair[1]: pair[2] for pair in pairs}


def test_form_is_taken_once(shop):
    client = shop.test_client()
    form = {**fields_in(client.get("/").text), "bell": "Wren"}

    answers = [client.post("/", data=form) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 400, 400]
    assert "&#39;once&#39;" in answers[1].text
    assert "csrf_token" not in answers[1].text.partition("{")[2]
    assert shop.extensions["orders"] == ["Wren"]


def test_next_form_is_taken_too(shop):
    client = shop.test_client()

    for bell in ("Wren", "Robin"):
        form = {**fields_in(client.get("/").text), "bell": bell}
        assert client.post("/", data=form).text == "taken"

    assert shop.extensions["orders"] == ["Wren", "Robin"]


def test_number_is_kept_while_there_are_mistakes(shop):
    client = shop.test_client()
    form = fields_in(client.get("/").text)

    again = fields_in(client.post("/", data={**form, "bell": ""}).text)

    assert again["once"] == form["once"]
    assert client.post("/", data={**again, "bell": "Wren"}).text == "taken"


@pytest.mark.parametrize("once", ["", "1", "x.y", "é", "\0"])
def test_number_that_was_never_given_is_refused(shop, once):
    client = shop.test_client()
    form = {**fields_in(client.get("/").text), "once": once or " ", "bell": "Wren"}

    assert client.post("/", data=form).status_code == 400
    assert shop.extensions["orders"] == []


def test_number_of_another_visitor_is_refused(shop):
    ann, eve = shop.test_client(), shop.test_client()
    number = fields_in(eve.get("/").text)["once"]
    form = {**fields_in(ann.get("/").text), "once": number, "bell": "Wren"}

    assert ann.post("/", data=form).status_code == 400


def test_form_is_taken_once_even_at_the_same_moment(shop):
    client = shop.test_client()
    form = {**fields_in(client.get("/").text), "bell": "Wren"}
    headers = {"Cookie": f"session={client.get_cookie('session').value}"}

    def send(number):
        visitor = shop.test_client(use_cookies=False)
        return visitor.post("/", data=form, headers=headers).status_code

    statuses = at_once(8, send)

    assert sorted(statuses) == [200, *[400] * 7]
    assert shop.extensions["orders"] == ["Wren"]


def test_apps_know_nothing_of_each_other():
    one, two = make_shop(), make_shop()
    client = one.test_client()
    form = {**fields_in(client.get("/").text), "bell": "Wren"}
    cookie = {"Cookie": f"session={client.get_cookie('session').value}"}

    answers = [
        app.test_client(use_cookies=False).post("/", data=form, headers=cookie)
        for app in (one, two)
    ]

    assert [answer.text for answer in answers] == ["taken", "taken"]
