"""The exercise `absent`: a change that is made only where nothing is yet."""

import pytest
from exercise import check_if_none_match
from step17_views import App, MethodView, request


@pytest.fixture
def bells():
    """Return the bells of a workshop: a name, and a version."""
    return {"wren": "a1"}


@pytest.fixture
def client(bells):
    app = App(__name__)

    class Bell(MethodView):
        def put(self, name):
            check_if_none_match(bells.get(name))
            bells[name] = request.get_data(as_text=True)
            return "", 204

    app.add_url_rule("/<name>", view_func=Bell.as_view("bell"))
    return app.test_client()


def put(client, name, tags):
    headers = {} if tags is None else {"If-None-Match": tags}
    return client.put(f"/{name}", data="b2", headers=headers).status_code


def test_bell_that_is_not_there_is_made(client, bells):
    assert put(client, "jenny", "*") == 204
    assert bells["jenny"] == "b2"


def test_bell_that_is_there_is_left_alone(client, bells):
    assert put(client, "wren", "*") == 412
    assert bells["wren"] == "a1"


def test_second_of_two_is_refused(client):
    assert [put(client, "jenny", "*") for _ in range(2)] == [204, 412]


def test_without_the_header_nothing_is_asked(client, bells):
    assert put(client, "wren", None) == 204
    assert bells["wren"] == "b2"


@pytest.mark.parametrize("tags", ['"a1"', 'W/"a1"', '"a0", "a1"', '"a0",W/"a1"'])
def test_version_in_the_list_is_left_alone(client, bells, tags):
    assert put(client, "wren", tags) == 412
    assert bells["wren"] == "a1"


@pytest.mark.parametrize("tags", ['"a0"', 'W/"a0"', '"*"', '"A1"'])
def test_other_version_is_replaced(client, tags):
    assert put(client, "wren", tags) == 204


@pytest.mark.parametrize("tags", ['"a1"', '""', 'W/""'])
def test_where_nothing_is_no_tag_matches(client, tags):
    assert put(client, "jenny", tags) == 204


def test_empty_tag_is_something(client, bells):
    bells["empty"] = ""

    assert put(client, "empty", "*") == 412


@pytest.mark.parametrize("tags", ["", ",", '"', '"a0', "\xff", '"' * 5000, "W/" * 3000])
def test_header_that_is_no_list_is_no_failure(client, tags):
    assert put(client, "wren", tags) in (204, 400, 412)
