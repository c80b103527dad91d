"""The exercise `standin`: an object that passes for another one."""

import operator

import pytest
from exercise import StandIn
from step07_contexts import App, request


class Box:
    """Something to stand in for, which can be exchanged."""

    def __init__(self, content):
        self.content = content

    def find(self):
        return self.content


def stand_in(content):
    return StandIn(Box(content).find)


def nothing():
    raise RuntimeError("no request here")


def test_it_looks_again_each_time():
    box = Box("one")
    proxy = StandIn(box.find)

    assert proxy.upper() == "ONE"
    box.content = "two"
    assert proxy.upper() == "TWO"


def test_it_does_not_look_before_it_is_used():
    StandIn(nothing)


def test_attributes_are_the_real_one_s():
    box = Box(Box("inner"))
    proxy = StandIn(box.find)

    proxy.content = "changed"
    proxy.colour = "red"

    assert vars(box.content) == {"content": "changed", "colour": "red"}
    del proxy.colour
    assert not hasattr(proxy, "colour") and not hasattr(box.content, "colour")


@pytest.mark.parametrize(
    ("content", "use", "expected"),
    [
        ([1, 2], len, 2),
        ([1, 2], lambda it: it[1], 2),
        ([1, 2], lambda it: it[:1], [1]),
        ([1, 2], lambda it: 2 in it, True),
        ([1, 2], lambda it: [*it], [1, 2]),
        ([1, 2], lambda it: [*reversed(it)], [2, 1]),
        ("wren", str, "wren"),
        ("wren", repr, "'wren'"),
        ("wren", "{:>6}".format, "  wren"),
        ("wren", hash, hash("wren")),
        ("", bool, False),
        (7, bool, True),
        (7, int, 7),
        (7, float, 7.0),
        (7, lambda it: "abcdefgh"[it], "h"),
        (-7, abs, 7),
        (7, operator.neg, -7),
        (7, lambda it: divmod(it, 2), (3, 1)),
        (2.5, round, 2),
        (max, lambda it: it(1, 3), 3),
        (dict, lambda it: it(a=1), {"a": 1}),
        ({"a": 1}, lambda it: {**it}, {"a": 1}),
    ],
)
def test_it_does_what_the_real_one_does(content, use, expected):
    assert use(stand_in(content)) == expected


@pytest.mark.parametrize(
    "name",
    ["add", "sub", "mul", "floordiv", "mod", "truediv", "pow", "and_", "or_", "xor"],
)
def test_operator_works_on_both_sides(name):
    operate = getattr(operator, name)

    assert operate(stand_in(6), 3) == operate(6, 3)
    assert operate(6, stand_in(3)) == operate(6, 3)
    assert operate(stand_in(6), stand_in(3)) == operate(6, 3)


@pytest.mark.parametrize("name", ["eq", "ne", "lt", "le", "gt", "ge"])
@pytest.mark.parametrize("other", [2, 3, 4])
def test_comparison_works_on_both_sides(name, other):
    compare = getattr(operator, name)

    assert compare(stand_in(3), other) is compare(3, other)
    assert compare(other, stand_in(3)) is compare(other, 3)


def test_items_are_set_and_deleted():
    box = Box(["wren", "robin"])
    proxy = StandIn(box.find)

    proxy[0] = "lark"
    del proxy[1]

    assert box.content == ["lark"]


def test_in_place_operator_leaves_a_stand_in():
    box = Box([1])
    proxy = original = StandIn(box.find)

    proxy += [2]

    assert proxy is original and type(proxy) is StandIn
    assert box.content == [1, 2]


def test_what_the_real_one_cannot_do_is_a_type_error():
    with pytest.raises(TypeError):
        stand_in(1) + "a"
    with pytest.raises(TypeError):
        len(stand_in(1))
    with pytest.raises(TypeError):
        hash(stand_in([]))
    with pytest.raises(TypeError):
        stand_in(1) < "a"  # noqa: B015


def test_it_is_an_instance_of_the_real_one_s_class():
    assert isinstance(stand_in([]), list)
    assert not isinstance(stand_in([]), str)
    assert type(stand_in([])) is StandIn


def test_with_begins_and_ends_the_real_one(tmp_path):
    path = tmp_path / "songs.txt"
    path.write_text("wren", encoding="utf-8")
    file = path.open(encoding="utf-8")

    with StandIn(lambda: file) as opened:
        assert opened.read() == "wren"

    assert file.closed


def test_with_may_keep_an_error():
    with stand_in(pytest.raises(ZeroDivisionError)):
        1 / 0  # noqa: B018


def test_nothing_can_be_shown_and_asked():
    proxy = StandIn(nothing)

    assert repr(proxy) == "<StandIn of nothing>"
    assert bool(proxy) is False


def test_any_other_use_of_nothing_is_its_error():
    proxy = StandIn(nothing)

    for use in [len, str, lambda it: it.path, lambda it: it + 1, lambda it: it["key"]]:
        with pytest.raises(RuntimeError, match="no request here"):
            use(proxy)


def test_other_errors_are_not_nothing():
    proxy = StandIn(lambda: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        bool(proxy)


def test_it_stands_in_for_a_request():
    from step07_contexts.ctx import current_request

    proxy = StandIn(current_request)
    with App(__name__).test_request_context("/?city=oslo"):
        assert proxy.args["city"] == "oslo"
        assert proxy == request._get_current_object()
    assert not proxy
