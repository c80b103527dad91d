"""Finding symbols and the lines in which two files differ."""

from textwrap import dedent

import pytest

from costrel.core.symbols import (
    MissingSymbolError,
    changed_lines,
    changes,
    enclosing,
    find,
    plain_lines,
    symbols,
)
from costrel.weave.excerpt import difference, plain

TEXT = '''"""What lives here.

And what does not.
"""

# the standard library only
import os
from sys import (
    argv,
    path,
)

# path -> view
VIEWS: dict[str, str] = {}
first, second = 1, 2


# what it is for
@staticmethod
@property
def decorated():
    return VIEWS


class App:
    """An application."""

    # not for everyone
    debug = False

    # how it begins
    def __init__(
        self,
        name,
    ):
        self.name = name

    @property
    def size(self):
        return 1

    @size.setter
    def size(self, value):
        self.name = value
        # and nothing else

    class Inner:
        def deep(self):
            def deeper():
                return 1

            return deeper


if os:

    def only_sometimes():
        pass
'''


def shown(symbol: str) -> str:
    piece = find(TEXT, symbol)
    return "\n".join(TEXT.split("\n")[piece.start - 1 : piece.end])


def block(*wanted: str) -> str:
    return "\n".join(line.text for line in plain(TEXT, list(wanted)))


def diff(old: str, new: str, *wanted: str) -> str:
    lines = difference(dedent(old), dedent(new), list(wanted), python=True)
    return "\n".join(line.signed for line in lines)


# --- symbols


def test_module_docstring_is_a_symbol():
    assert shown("__doc__") == '"""What lives here.\n\nAnd what does not.\n"""'


def test_imports_are_a_symbol_with_the_comment_above():
    assert shown("imports").startswith("# the standard library only\nimport os\n")
    assert shown("imports").endswith("    path,\n)")


def test_comment_above_belongs_to_an_assignment():
    assert shown("VIEWS") == "# path -> view\nVIEWS: dict[str, str] = {}"


def test_names_of_a_tuple_are_symbols():
    assert shown("second") == "first, second = 1, 2"


def test_decorators_and_comments_belong_to_a_function():
    assert shown("decorated").startswith("# what it is for\n@staticmethod\n@property\n")


def test_head_of_a_class_ends_before_its_first_method():
    assert shown("App(head)").endswith("    debug = False")
    assert shown("App(head)").startswith("class App:")


def test_class_without_methods_is_all_head():
    text = "class Empty:\n    size = 1\n"
    assert find(text, "Empty(head)").end == 2


def test_comment_above_belongs_to_a_method():
    assert shown("App.__init__").startswith("    # how it begins\n    def __init__(")


def test_property_and_its_setter_are_one_symbol():
    assert shown("App.size").count("def size") == 2


def test_comment_that_closes_a_function_belongs_to_it():
    assert shown("App.size").endswith("# and nothing else")


def test_class_attribute_is_a_symbol():
    assert shown("App.debug") == "    # not for everyone\n    debug = False"


def test_function_inside_a_function_is_a_symbol():
    assert shown("App.Inner.deep.deeper").strip() == (
        "def deeper():\n                return 1"
    )


def test_attribute_that_a_method_sets_can_be_found_with_its_comment():
    text = """\
class App:
    def __init__(self, name):
        self.name = name
        # host and path
        self.config: dict[str, str] = {
            "HOST": "",
        }
        other = self.config["HOST"] = ""
"""
    assert [*find(text, "App.__init__.name").lines] == [3]
    assert [*find(text, "App.__init__.config").lines] == [4, 5, 6, 7]
    assert find(text, "App.__init__.config").context == (1, 2)
    with pytest.raises(MissingSymbolError):
        find(text, "App.__init__.other")
    assert [*symbols(text)] == ["App", "App.__init__", "App(head)"]


def test_variable_of_a_function_is_no_symbol():
    text = "def outer():\n    inner = 1\n    return inner\n"
    assert "outer.inner" not in symbols(text)


def test_definition_under_a_condition_is_a_symbol():
    assert "only_sometimes" in symbols(TEXT)


def test_missing_symbol_names_the_nearest():
    with pytest.raises(MissingSymbolError, match=r"'App\.sise'.*App\.size"):
        find(TEXT, "App.sise")


def test_missing_symbol_finds_a_method_without_its_class():
    with pytest.raises(MissingSymbolError, match=r"App\.size"):
        find(TEXT, "size")


def test_missing_symbol_without_near_names_lists_some():
    with pytest.raises(MissingSymbolError, match=r"VIEWS.*App"):
        find(TEXT, "zzzzzz")


def test_missing_symbol_in_an_empty_file_says_so():
    with pytest.raises(MissingSymbolError, match="defines nothing"):
        find("", "App")


def test_enclosing_names_come_from_the_outside_in():
    line = TEXT.split("\n").index("                return 1") + 1
    assert enclosing(TEXT, line) == [
        "App",
        "App.Inner",
        "App.Inner.deep",
        "App.Inner.deep.deeper",
    ]


def test_imports_and_docstring_explain_themselves():
    lines = TEXT.split("\n")
    found = {lines[number - 1] for number in plain_lines(TEXT)}
    assert "import os" in found
    assert "And what does not." in found
    assert "VIEWS: dict[str, str] = {}" not in found


# --- what changed


def test_changed_lines_are_counted_from_one():
    assert changed_lines("a\nb\nc\n", "a\nx\nc\nd\n") == ({2}, {2, 4})


def test_insertion_begins_where_its_definition_begins():
    old = ["def a():", "    return 1", "", "", "def c():", "    return 1"]
    new = [*old[:4], "def b():", "    return 1", "", "", *old[4:]]
    (change,) = changes(old, new)
    assert new[change.new.start] == "def b():"


def test_insertion_of_decorated_function_takes_its_own_decorator():
    old = ["@route", "def a():", "    pass", "", "@route", "def c():", "    pass"]
    new = [*old[:4], "@route", "def b():", "    pass", "", *old[4:]]
    (change,) = changes(old, new)
    assert new[change.new.start : change.new.start + 2] == ["@route", "def b():"]


# --- what a block shows


def test_method_is_shown_under_its_class():
    assert block("App.__init__").startswith(
        "class App:\n    ...\n    # how it begins\n"
    )


def test_function_is_shown_alone():
    assert (
        block("only_sometimes") == "if os:\n\n    def only_sometimes():\n        pass"
    )


def test_neighbours_are_shown_without_a_gap():
    assert "debug = False\n\n    # how it begins" in block("App(head)", "App.__init__")


def test_symbols_are_shown_in_the_order_of_the_file():
    assert block("App.size", "VIEWS").index("VIEWS") < block("App.size", "VIEWS").index(
        "class App"
    )


def test_gap_between_two_methods_is_marked():
    text = block("App.__init__", "App.Inner")
    assert "self.name = name\n\n    ...\n    class Inner:" in text


def test_only_context_lines_are_faded():
    lines = plain(TEXT, ["App.size"])
    assert [line.text for line in lines if line.faded] == ["class App:", "    ..."]


OLD = """
class App:
    def first(self):
        return 1

    def second(self):
        return 2

    def third(self):
        return 3


def gone():
    return 4
"""
NEW = """
class App:
    def first(self):
        return 1

    def second(self):
        return 22

    def third(self):
        return 33


def came():
    return 5
"""


def test_difference_of_a_method_stands_under_its_class():
    assert diff(OLD, NEW, "App.second") == (
        " class App:\n ...\n     def second(self):\n"
        "-        return 2\n+        return 22"
    )


def test_difference_of_the_first_method_has_no_gap():
    new = NEW.replace("return 1\n", "return 11\n")
    assert diff(OLD, new, "App.first").startswith(" class App:\n     def first(self):")


def test_far_changes_are_parted():
    old = "def f():\n" + "".join(f"    a{n} = {n}\n" for n in range(30))
    new = old.replace("a2 = 2\n", "a2 = 0\n").replace("a25 = 25", "a25 = 0")
    lines = diff(old, new, "f").split("\n")
    assert lines[0] == " def f():"
    assert lines.count(" ...") == 1
    assert "     a10 = 10" not in lines


def test_removed_symbol_is_shown_removed():
    assert diff(OLD, NEW, "gone") == "-def gone():\n-    return 4"


def test_difference_of_a_file_shows_no_neighbour():
    text = diff(OLD, NEW)
    assert "def first" not in text
    assert "-def gone():" in text
    assert "+def came():" in text


def test_blank_lines_in_a_difference_have_no_trailing_space():
    assert all(line == line.rstrip() for line in diff(OLD, NEW).split("\n"))


def test_symbol_in_neither_file_is_refused():
    with pytest.raises(MissingSymbolError, match=r"App\.second"):
        diff(OLD, NEW, "App.secnd")


def test_what_a_module_sets_on_an_object_has_an_address():
    text = "app = App()\napp.options = {\n    'a': 1,\n}\nother = 2\n"
    assert list(find(text, "app.options").lines) == [2, 3, 4]
    assert list(find(text, "app").lines) == [1]
