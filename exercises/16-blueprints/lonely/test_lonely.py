"""The exercise `lonely`: the blueprints that no page links to."""

import pytest
from exercise import Links
from step16_blueprints import App, Blueprint, url_for
from werkzeug.routing import BuildError


@pytest.fixture
def app():
    app = App("wren")
    app.testing = True
    app.config["SERVER_NAME"] = "wren.example"
    return app


def register(app):
    """Register a shop with a cart in it, a shopping list, and a club."""
    shop, cart = part("shop"), part("cart")
    shop.register_blueprint(cart)
    for each in (shop, part("shopping"), part("club")):
        app.register_blueprint(each)


def part(name):
    part = Blueprint(name, __name__, url_prefix=f"/{name}")
    part.add_url_rule("/", "index", lambda: url_for(".index"))
    return part


def test_all_are_lonely_at_first(app):
    register(app)

    assert Links(app).lonely() == ["club", "shop", "shop.cart", "shopping"]


def test_link_counts(app):
    register(app)
    links = Links(app)
    with app.app_context():
        url_for("club.index")

    assert links.lonely() == ["shop", "shop.cart", "shopping"]


def test_link_counts_for_the_outer_blueprint(app):
    register(app)
    links = Links(app)
    with app.app_context():
        url_for("shop.cart.index")

    assert links.lonely() == ["club", "shopping"]


def test_link_to_the_outer_blueprint_is_none_to_the_inner_one(app):
    register(app)
    links = Links(app)
    with app.app_context():
        url_for("shop.index")

    assert links.lonely() == ["club", "shop.cart", "shopping"]


def test_dot_in_front_counts(app):
    register(app)
    links = Links(app)
    app.test_client().get("/shop/cart/")

    assert links.lonely() == ["club", "shopping"]


def test_blueprints_may_come_later(app):
    links = Links(app)
    register(app)
    with app.app_context():
        url_for("club.index")

    assert links.lonely() == ["shop", "shop.cart", "shopping"]


def test_link_to_nothing_counts_for_nobody(app):
    register(app)
    links = Links(app)
    with app.app_context(), pytest.raises(BuildError):
        url_for("club.none")

    assert "club" in links.lonely()


def test_second_name_is_another_part(app):
    shop = part("shop")
    app.register_blueprint(shop)
    app.register_blueprint(shop, name="outlet", url_prefix="/outlet")
    links = Links(app)
    with app.app_context():
        url_for("outlet.index")

    assert links.lonely() == ["shop"]


def test_two_apps_are_counted_apart(app):
    other = App("other")
    other.config["SERVER_NAME"] = "other.example"
    for each in (app, other):
        register(each)
    links, others = Links(app), Links(other)
    with other.app_context():
        url_for("club.index")

    assert "club" in links.lonely()
    assert "club" not in others.lonely()
