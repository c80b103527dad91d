"""The exercise `merge`: JSON Merge Patch, all of it (RFC 7396)."""

from copy import deepcopy

import pytest
from exercise import merge_patch
from step17_views import App, request

# target, patch, result: the RFC's Appendix A
EXAMPLES = [
    ({"a": "b"}, {"a": "c"}, {"a": "c"}),
    ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
    ({"a": "b"}, {"a": None}, {}),
    ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
    ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
    ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
    ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
    ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
    (["a", "b"], ["c", "d"], ["c", "d"]),
    ({"a": "b"}, ["c"], ["c"]),
    ({"a": "foo"}, None, None),
    ({"a": "foo"}, "bar", "bar"),
    ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
    ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
    ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
]


@pytest.mark.parametrize(("target", "patch", "result"), EXAMPLES)
def test_examples_of_the_rfc(target, patch, result):
    assert merge_patch(target, patch) == result


@pytest.mark.parametrize(("target", "patch", "result"), EXAMPLES)
def test_nothing_is_changed(target, patch, result):
    before = deepcopy((target, patch))

    merge_patch(target, patch)

    assert (target, patch) == before


def test_part_of_a_part_is_changed():
    bell = {"name": "Wren", "parts": {"dome": "brass", "spring": "steel"}}

    patched = merge_patch(bell, {"parts": {"spring": "bronze"}})

    assert patched == {"name": "Wren", "parts": {"dome": "brass", "spring": "bronze"}}
    assert bell["parts"]["spring"] == "steel"


def test_second_patch_leaves_the_first_target_alone():
    bell = {"parts": {"dome": {"metal": "brass"}}}

    once = merge_patch(bell, {"name": "Wren"})
    twice = merge_patch(once, {"parts": {"dome": {"metal": "copper"}}})

    assert bell["parts"]["dome"]["metal"] == once["parts"]["dome"]["metal"] == "brass"
    assert twice["parts"]["dome"]["metal"] == "copper"


def test_null_inside_a_list_stays():
    assert merge_patch({}, {"a": [None, {"b": None}]}) == {"a": [None, {"b": None}]}


def test_deep_patch_is_applied():
    patch = inner = {}
    for _ in range(200):
        inner["a"] = inner = {}
    inner["b"] = 1

    assert merge_patch({}, patch) == patch


def test_deeper_patch_does_not_arrive():
    app = App(__name__)

    @app.patch("/")
    def change():
        return {"merged": merge_patch({}, request.get_json())}

    body = '{"a":' * 50_000 + "1" + "}" * 50_000
    answer = app.test_client().patch("/", data=body, content_type="application/json")

    assert answer.status_code == 400
