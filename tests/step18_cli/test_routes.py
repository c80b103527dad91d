"""What step 18 promises about the command `routes`."""

import pytest

SHOP = """
from step18_cli import App

app = App(__name__, static_folder=None)
app.add_url_rule("/<path:rest>", "other")
app.add_url_rule("/songs", "songs", methods=["GET", "POST"])
app.add_url_rule("/bells/<int:number>", "bell", methods=["DELETE", "PUT"])
"""
SUBDOMAINS = """
from step18_cli import App

app = App(__name__, static_folder=None, subdomain_matching=True)
app.config["SERVER_NAME"] = "wren.example"
app.add_url_rule("/", "index")
app.add_url_rule("/", "shop", subdomain="shop")
"""
HOSTS = """
from step18_cli import App

app = App(__name__, static_folder=None, host_matching=True)
app.add_url_rule("/", "index", host="wren.example")
app.add_url_rule("/", "shop", host="<name>.wren.example")
"""


@pytest.fixture
def listed(save, command):
    """Return a function that lists an app's routes, as the words of each line."""

    def listed(code, *arguments):
        save("shop.py", code)
        said = command("--app", "shop", "routes", *arguments)
        assert said.code == 0, said.text
        return [line.split() for line in said.lines]

    return listed


def test_routes_are_listed_below_their_headings(listed):
    heading, _, *rows = listed(SHOP)

    assert heading == ["Endpoint", "Methods", "Rule"]
    assert rows == [
        ["bell", "DELETE,", "PUT", "/bells/<int:number>"],
        ["other", "GET", "/<path:rest>"],
        ["songs", "GET,", "POST", "/songs"],
    ]


def test_columns_are_below_each_other(save, command):
    save("shop.py", SHOP)

    lines = command("--app", "shop", "routes").lines

    assert len({line.index("/") for line in lines[2:]}) == 1


@pytest.mark.parametrize(
    ("order", "endpoints"),
    [
        ("endpoint", ["bell", "other", "songs"]),
        ("methods", ["bell", "other", "songs"]),
        ("rule", ["other", "bell", "songs"]),
    ],
)
@pytest.mark.parametrize("option", ["--sort", "-s"])
def test_routes_can_be_sorted(listed, option, order, endpoints):
    _, _, *rows = listed(SHOP, option, order)

    assert [row[0] for row in rows] == endpoints


@pytest.mark.differs("Flask lists them as they were registered")
def test_routes_can_be_sorted_as_they_are_tried(listed):
    _, _, *rows = listed(SHOP, "--sort", "match")

    assert [row[0] for row in rows][-1] == "other"


def test_all_methods_can_be_listed(listed):
    _, _, bell, other, _ = listed(SHOP, "--all-methods")

    assert "OPTIONS," in bell and "HEAD," in other


def test_subdomain_has_a_column(listed):
    heading, _, index, shop = listed(SUBDOMAINS)

    assert heading == ["Endpoint", "Methods", "Subdomain", "Rule"]
    assert index == ["index", "GET", "/"] and shop == ["shop", "GET", "shop", "/"]


def test_host_has_a_column(listed):
    heading, _, *rows = listed(HOSTS, "--sort", "domain")

    assert heading == ["Endpoint", "Methods", "Host", "Rule"]
    assert [row[2] for row in rows] == ["<name>.wren.example", "wren.example"]


def test_unknown_order_is_refused(save, command):
    save("shop.py", SHOP)

    said = command("--app", "shop", "routes", "--sort", "price")

    assert said.refused and "match" in said.text


def test_app_without_routes_says_so(save, command):
    save("shop.py", "from step18_cli import App\napp = App('x', static_folder=None)\n")

    said = command("--app", "shop", "routes")

    assert said.code == 0 and "routes" in said.text and len(said.lines) == 1
