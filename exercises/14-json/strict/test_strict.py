"""The exercise `strict`: JSON that means the same to every program."""

from decimal import Decimal

import pytest
from exercise import StrictProvider
from step14_json import App, request


@pytest.fixture
def app():
    app = App(__name__)
    app.json = StrictProvider(app)

    @app.post("/")
    def index():
        return {"read": request.get_json()}

    return app


def post(app, body):
    return app.test_client().post("/", data=body, content_type="application/json")


def read(app, text, **options):
    return app.json.loads(text, **options)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999"])
def test_number_that_is_none_is_answered_with_400(app, number):
    for body in (number, f'{{"amount": {number}}}', f"[[[{number}]]]"):
        answer = post(app, body)

        assert answer.status_code == 400
        assert number in answer.text


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0", 0),
        ("-1.5", -1.5),
        ("1e300", 1e300),
        ("5e-324", 5e-324),
        ("123456789012345678901", 123456789012345678901),
    ],
)
def test_number_that_is_one_is_read(app, text, number):
    assert read(app, text) == number


def test_word_in_a_text_is_no_number(app):
    assert read(app, '{"NaN": "Infinity"}') == {"NaN": "Infinity"}


@pytest.mark.parametrize(
    "body",
    [
        '{"amount": 1, "amount": 500}',
        '{"amount": 1, "amount": 1}',
        r'{"amount": 1, "\u0061mount": 500}',
        '{"a": 1, "amount": {}, "b": 2, "amount": {}}',
        '[{"card": {"amount": 1, "amount": 500}}]',
    ],
)
def test_key_that_comes_twice_is_answered_with_400(app, body):
    answer = post(app, body)

    assert answer.status_code == 400
    assert "amount" in answer.text


def test_same_key_may_stand_in_two_objects(app):
    value = [{"amount": 1}, {"amount": {"amount": 2}}]

    assert post(app, '[{"amount": 1}, {"amount": {"amount": 2}}]').json["read"] == value


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf")])
def test_number_that_is_not_finite_is_not_written(app, number):
    for value in (number, [number], {"a": {"b": (number,)}}):
        with pytest.raises(ValueError, match="JSON"):
            app.json.dumps(value)


def test_our_own_mistake_is_a_500_and_no_broken_json(app):
    app.add_url_rule("/price", "price", lambda: {"price": float("nan")})

    assert app.test_client().get("/price").status_code == 500


@pytest.mark.parametrize("body", ["", "{", "[" * 50_000, r'"\ud83d"'])
def test_what_was_refused_is_refused_still(app, body):
    assert post(app, body).status_code == 400


def test_options_still_work(app):
    assert read(app, "24.90", parse_float=Decimal) == Decimal("24.90")
    assert read(app, "NaN", parse_constant=str) == "NaN"
    assert read(app, '{"a": 1, "a": 2}', object_pairs_hook=list) == [("a", 1), ("a", 2)]
    assert read(app, '{"a": 1}', object_hook=sorted) == ["a"]
    assert app.json.dumps(float("nan"), allow_nan=True) == "NaN"
    assert app.json.dumps([1, 2], separators=(",", ":")) == "[1,2]"


def test_keys_are_watched_under_a_hook_for_dictionaries_too(app):
    with pytest.raises(ValueError, match="amount"):
        read(app, '{"amount": 1, "amount": 2}', object_hook=sorted)
