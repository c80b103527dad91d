"""The dangers of step 3: a rule that hides another, a pattern that never ends."""

from time import perf_counter

import pytest
from step03_routing import App
from werkzeug.routing import BaseConverter, ValidationError
from werkzeug.test import Client


class Slug(BaseConverter):
    """Words with hyphens between them, checked in one pass."""

    def to_python(self, value):
        if not all(word.isalnum() for word in value.split("-")):
            raise ValidationError
        return value


@pytest.mark.attack
@pytest.mark.holds_before("the dictionary of step 2 has no rules to hide")
def test_rule_with_a_value_hides_no_other():
    app = App(__name__)

    @app.route("/<city>")
    def party(city):
        return f"Wren in {city}"

    @app.route("/about")
    def about():
        return "Who we are"

    text = Client(app).get("/about").text

    assert text == "Who we are", f"the attack worked: /about says {text!r}"


@pytest.mark.attack
def test_wrong_slug_is_refused_at_once():
    app = App(__name__)
    app.url_map.converters.setdefault("slug", Slug)

    @app.route("/songs/<slug:name>")
    def song(name):
        return name

    started = perf_counter()
    status = Client(app).get(f"/songs/{'a' * 22}!").status_code
    seconds = perf_counter() - started

    assert status == 404
    assert seconds < 0.1, f"the attack worked: one URL took {seconds:.1f} s"
