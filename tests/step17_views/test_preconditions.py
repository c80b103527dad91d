"""Step 17: who changes a resource says which version it is that they have seen."""

import pytest
from step17_views import App, MethodView, Response, check_if_match, request

OWN_CHECK = (
    "Flask leaves If-Match to its user: Werkzeug heeds it for GET and HEAD alone"
)
JSON = {"Accept": "application/json"}

pytestmark = pytest.mark.differs(OWN_CHECK, safer=True)


def make_app():
    """Return an app with one bell, and the bell."""
    app, bell = App(__name__), {"price": "24", "version": "a1"}
    app.testing = True

    class Bell(MethodView):
        def get(self):
            response = Response(bell["price"])
            response.set_etag(bell["version"])
            return response

        def put(self):
            check_if_match(bell["version"])
            bell.update(price=request.get_data(as_text=True), version="b2")
            return "", 204

    app.add_url_rule("/", view_func=Bell.as_view("bell"))
    return app, bell


def put(tag=None, **headers):
    """Return the answer to a change, and the price that the bell has then."""
    app, bell = make_app()
    if tag is not None:
        headers["If-Match"] = tag
    answer = app.test_client().put("/", data="28", headers=headers)
    return answer, bell["price"]


def test_change_of_the_version_that_was_read_is_made():
    app, bell = make_app()
    client = app.test_client()
    tag = client.get("/").headers["ETag"]

    answer = client.put("/", data="28", headers={"If-Match": tag})

    assert answer.status_code == 204
    assert bell["price"] == client.get("/").text == "28"


def test_change_without_a_version_is_refused():
    answer, price = put()

    assert (answer.status_code, price) == (428, "24")
    assert "If-Match" in answer.text


def test_change_of_an_older_version_is_refused():
    answer, price = put('"a0"')

    assert (answer.status_code, price) == (412, "24")


def test_refusal_is_told_to_programs_as_json():
    answer, _ = put('"a0"', **JSON)

    assert answer.mimetype == "application/problem+json"
    assert answer.json["status"] == 412


def test_change_may_be_of_one_of_several_versions():
    for tags in ('"a0", "a1"', '"a1","a0"', 'W/"a0" , "a1"'):
        assert put(tags)[0].status_code == 204


def test_star_stands_for_any_version():
    assert put("*")[0].status_code == 204


@pytest.mark.parametrize("tags", ['W/"a1"', 'W/"a1", "a0"', 'w/"a1"'])
def test_weak_tag_matches_nothing(tags):
    answer, price = put(tags)

    assert (answer.status_code, price) == (412, "24")


@pytest.mark.parametrize("tags", ["", ",", " ", '"', '"a1', '""', '"*"', '"A1"', "é"])
def test_tag_that_is_none_of_ours_changes_nothing(tags):
    answer, price = put(tags)

    assert (answer.status_code, price) == (412, "24")


@pytest.mark.parametrize(
    "tags",
    [
        '"' * 8000,
        "W/" * 4000,
        '"a' * 2000,
        "a\t" * 4000,
        '"\xff\xfe"',
        '"a1" "a1"',
        "W/*",
        '"\\"',
        ", ".join(f'"{number}"' for number in range(5000)),
        "x" * 60_000,
    ],
)
def test_hostile_tags_are_refused_and_no_error_of_ours(tags):
    answer, price = put(tags)

    assert answer.status_code in (412, 431)
    assert price == "24"


def test_date_is_no_substitute_for_a_tag():
    # in the second of a date there is room for two changes
    date = {"If-Unmodified-Since": "Wed, 01 Jan 2098 00:00:00 GMT"}

    assert put(**date)[0].status_code == 428


def test_tag_with_a_comma_is_one_tag():
    app = App(__name__)

    @app.put("/")
    def change():
        check_if_match("a,1")
        return "changed"

    client = app.test_client()

    assert client.put("/", headers={"If-Match": '"a,1"'}).text == "changed"
    assert client.put("/", headers={"If-Match": '"a", "1"'}).status_code == 412


def test_function_may_check_it_as_well():
    app = App(__name__)

    @app.delete("/")
    def remove():
        check_if_match("a1")
        return "gone"

    client = app.test_client()

    assert client.delete("/").status_code == 428
    assert client.delete("/", headers={"If-Match": '"a1"'}).text == "gone"
