"""What step 16 promises: parts of an app, written alone and registered on it."""

import pytest
from step16_blueprints import App, Blueprint, has_app_context, request, url_for

# Flask raises AssertionError for what is called too late or twice
REFUSED = (RuntimeError, ValueError, AssertionError)


@pytest.fixture
def app():
    app = App("wren")
    app.testing = True
    yield app
    assert not has_app_context(), "a context leaked"


@pytest.fixture
def client(app):
    return app.test_client()


@pytest.fixture
def shop():
    """Make a blueprint that is not registered yet."""
    shop = Blueprint("shop", __name__, url_prefix="/shop")

    @shop.route("/")
    def index():
        return f"bells at {url_for('.index')}"

    @shop.get("/bells/<int:number>")
    def bell(number):
        return f"bell {number}"

    return shop


def rules_of(app):
    """Return the rules that blueprints made, and their endpoints."""
    return {(str(r), r.endpoint) for r in app.url_map.iter_rules() if "." in r.endpoint}


def echo(**values):
    return repr(values)


# views


def test_views_of_a_blueprint_are_pages_of_the_app(app, client, shop):
    app.register_blueprint(shop)

    assert client.get("/shop/").text == "bells at /shop/"
    assert client.get("/shop/bells/7").text == "bell 7"


def test_blueprint_alone_has_no_pages(app, client, shop):
    answer = client.get("/shop/")
    other = App("other")
    other.register_blueprint(shop)

    assert answer.status_code == 404
    assert other.test_client().get("/shop/").status_code == 200
    assert client.get("/shop/").status_code == 404


@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete"])
def test_shortcut_takes_one_method(app, client, method):
    shop = Blueprint("shop", __name__)
    getattr(shop, method)("/bells")(lambda: "rung")
    app.register_blueprint(shop)

    assert client.open("/bells", method=method.upper()).text == "rung"
    assert client.open("/bells", method="TRACE").status_code == 405


def test_decorated_view_is_still_a_function():
    shop = Blueprint("shop", __name__)

    @shop.route("/", endpoint="front")
    @shop.get("/index")
    def index():
        return "bells"

    assert index() == "bells"


def test_rule_may_be_added_without_a_decorator(app, client):
    shop = Blueprint("shop", __name__)
    shop.add_url_rule("/bells", "bells", lambda: "bells", methods=["PUT"])
    shop.add_url_rule("/none", view_func=echo, provide_automatic_options=False)
    app.register_blueprint(shop)

    assert client.put("/bells").text == "bells"
    assert client.options("/none").status_code == 405


def test_rule_without_a_view_waits_for_one(app, client):
    shop = Blueprint("shop", __name__)
    shop.add_url_rule("/bells", "bells")
    app.register_blueprint(shop)
    app.view_functions["shop.bells"] = lambda: "bells"

    assert client.get("/bells").text == "bells"


@pytest.mark.differs("Flask does not put the blueprint's name in front of it")
def test_view_may_be_given_to_an_endpoint_of_the_blueprint(app, client):
    shop = Blueprint("shop", __name__)
    shop.add_url_rule("/bells", "bells")

    @shop.endpoint("bells")
    def ring():
        return "bells"

    app.register_blueprint(shop)

    assert client.get("/bells").text == "bells"
    assert ring() == "bells"


def test_view_may_be_replaced_after_registering(app, client, shop):
    app.register_blueprint(shop)
    view = app.view_functions["shop.bell"]
    app.view_functions["shop.bell"] = lambda number: view(number).upper()

    assert client.get("/shop/bells/7").text == "BELL 7"


# names


def test_endpoint_has_the_name_in_front(app, shop):
    app.register_blueprint(shop)

    with app.test_request_context():
        assert url_for("shop.bell", number=7) == "/shop/bells/7"
    assert ("/shop/", "shop.index") in rules_of(app)


def test_two_blueprints_may_have_views_of_the_same_name(app, client, shop):
    club = Blueprint("club", __name__, url_prefix="/club")

    @club.route("/")
    def index():
        return url_for(".index") + url_for("shop.index")

    app.register_blueprint(shop)
    app.register_blueprint(club)

    assert client.get("/club/").text == "/club//shop/"
    assert client.get("/shop/").text == "bells at /shop/"


@pytest.mark.parametrize("name", ["", "shop.cart", "."])
def test_name_is_not_empty_and_has_no_dots(name):
    with pytest.raises(ValueError, match=r"empty|dot"):
        Blueprint(name, __name__)


@pytest.mark.differs(
    "Flask accepts any name here, and then can't tell the scopes apart"
)
@pytest.mark.parametrize("name", ["", "shop.cart"])
def test_name_given_on_registering_is_checked_too(app, shop, name):
    with pytest.raises(ValueError, match="empty"):
        app.register_blueprint(shop, name=name)


@pytest.mark.parametrize("endpoint", ["shop.bells", "a.b.c"])
def test_endpoint_in_a_blueprint_has_no_dots(endpoint):
    shop = Blueprint("shop", __name__)

    with pytest.raises(ValueError, match="dot"):
        shop.add_url_rule("/bells", endpoint, echo)


def test_two_views_can_not_have_the_same_endpoint(app):
    shop = Blueprint("shop", __name__)
    shop.add_url_rule("/a", "bell", lambda: "a")
    shop.add_url_rule("/b", "bell", lambda: "b")

    with pytest.raises(REFUSED, match=r"shop\.bell"):
        app.register_blueprint(shop)


def test_rule_needs_an_endpoint_or_a_view(app):
    shop = Blueprint("shop", __name__)

    with pytest.raises(REFUSED, match="endpoint"):
        shop.add_url_rule("/bells")
        app.register_blueprint(shop)


@pytest.mark.parametrize("again", ["itself", "a namesake"])
def test_name_is_taken_once(app, shop, again):
    app.register_blueprint(shop)
    namesake = shop if again == "itself" else Blueprint("shop", __name__)

    with pytest.raises(ValueError, match="'shop'"):
        app.register_blueprint(namesake, url_prefix="/again")


def test_blueprint_may_have_two_names(app, client, shop):
    app.register_blueprint(shop)
    app.register_blueprint(shop, name="outlet", url_prefix="/outlet")

    assert client.get("/shop/").text == "bells at /shop/"
    assert client.get("/outlet/").text == "bells at /outlet/"


def test_app_knows_its_blueprints_in_order(app, shop):
    club = Blueprint("club", __name__)
    app.register_blueprint(shop, name="outlet")
    app.register_blueprint(club)
    app.register_blueprint(shop)

    names = {"outlet": shop, "club": club, "shop": shop}
    assert list(app.blueprints.items()) == list(names.items())
    assert list(app.iter_blueprints()) == [shop, club, shop]


def test_blueprint_keeps_what_it_was_made_with():
    values = {"city": "oslo"}
    shop = Blueprint(
        "shop", "wren.shop", None, None, "pages", "/shop", "buy", values, "/srv/shop"
    )

    assert (shop.name, shop.import_name) == ("shop", "wren.shop")
    assert (shop.template_folder, shop.root_path) == ("pages", "/srv/shop")
    assert (shop.url_prefix, shop.subdomain) == ("/shop", "buy")
    assert shop.url_values_defaults == values
    assert "shop" in repr(shop)


def test_app_takes_its_arguments_by_position():
    app = App(
        "wren", "/files", "files", None, False, False, "pages", "/run", True, "/srv"
    )

    assert app.static_url_path == "/files"
    assert app.template_folder == "pages"
    assert (app.instance_path, app.root_path) == ("/run", "/srv")


# prefixes


@pytest.mark.parametrize(
    ("prefix", "rule", "path"),
    [
        ("/shop", "/", "/shop/"),
        ("/shop", "", "/shop"),
        ("/shop", "/bells", "/shop/bells"),
        ("/shop", "bells", "/shop/bells"),
        ("/shop/", "/bells", "/shop/bells"),
        ("/", "/bells", "/bells"),
        ("/", "/", "/"),
        ("/", "", "/"),
        ("", "/bells", "/bells"),
        (None, "/bells", "/bells"),
    ],
)
def test_prefix_and_rule_meet_at_one_slash(app, prefix, rule, path):
    shop = Blueprint("shop", __name__, url_prefix=prefix)
    shop.add_url_rule(rule, view_func=echo)
    app.register_blueprint(shop)

    assert rules_of(app) == {(path, "shop.echo")}


@pytest.mark.parametrize(
    ("prefix", "path"), [("/buy", "/buy/bells"), ("/", "/bells"), ("", "/bells")]
)
def test_prefix_given_on_registering_replaces_its_own(app, prefix, path):
    shop = Blueprint("shop", __name__, url_prefix="/shop")
    shop.add_url_rule("/bells", view_func=echo)
    app.register_blueprint(shop, url_prefix=prefix)

    assert rules_of(app) == {(path, "shop.echo")}


@pytest.mark.parametrize("given", ["to the blueprint", "on registering"])
def test_prefix_begins_with_a_slash(app, given):
    options = {"url_prefix": "shop"}
    own, later = (options, {}) if given == "to the blueprint" else ({}, options)
    shop = Blueprint("shop", __name__, **own)
    shop.add_url_rule("/bells", view_func=echo)

    with pytest.raises(ValueError, match="slash"):
        app.register_blueprint(shop, **later)


def test_prefix_may_have_values(app, client):
    shop = Blueprint("shop", __name__, url_prefix="/<city>")
    shop.add_url_rule("/bells", view_func=echo)
    app.register_blueprint(shop)

    assert client.get("/oslo/bells").text == "{'city': 'oslo'}"


def test_blueprint_may_give_its_views_values(app, client):
    shop = Blueprint("shop", __name__, url_defaults={"city": "oslo", "day": 1})
    shop.add_url_rule("/one", "one", echo)
    shop.add_url_rule("/two", "two", echo, defaults={"city": "lyon"})
    app.register_blueprint(shop)
    app.register_blueprint(
        shop, name="late", url_prefix="/late", url_defaults={"day": 7}
    )

    assert client.get("/one").text == "{'city': 'oslo', 'day': 1}"
    assert client.get("/two").text == "{'city': 'lyon', 'day': 1}"
    assert client.get("/late/one").text == "{'city': 'oslo', 'day': 7}"


def test_registering_changes_no_options():
    """pallets/flask#4062: a factory is called more than once."""
    inner = Blueprint("inner", __name__, url_prefix="/inner")
    inner.add_url_rule("/", "index", echo, defaults={"city": "oslo"})
    outer = Blueprint("outer", __name__)
    outer.register_blueprint(inner)

    def create_app():
        app = App("wren")
        app.register_blueprint(outer, url_prefix="/outer")
        return rules_of(app)

    assert create_app() == create_app() == create_app()
    assert create_app() == {("/outer/inner/", "outer.inner.index")}


# where a request is


def test_request_knows_its_blueprint(app, client, shop):
    @shop.get("/where")
    def where():
        return repr((request.blueprint, request.blueprints))

    app.register_blueprint(shop)
    app.register_blueprint(shop, name="outlet", url_prefix="/outlet")

    assert client.get("/shop/where").text == "('shop', ['shop'])"
    assert client.get("/outlet/where").text == "('outlet', ['outlet'])"


def test_blueprint_is_the_one_of_the_rule(app, shop):
    shop.add_url_rule("/where", "where", lambda: "")
    app.add_url_rule("/where", "where", lambda: "")
    app.register_blueprint(shop)

    with app.test_request_context("/shop/where"):
        rule = request.url_rule
    with app.test_request_context("/where"):
        # as an extension's tests do
        request.url_rule = rule
        assert (request.blueprint, request.blueprints) == ("shop", ["shop"])


def test_views_of_the_app_have_no_blueprint(app, client, shop):
    @app.get("/where")
    def where():
        return repr((request.blueprint, request.blueprints))

    app.register_blueprint(shop)

    assert client.get("/where").text == "(None, [])"


@pytest.mark.parametrize("path", ["/shop/none", "/shop", "/none"])
def test_request_without_a_rule_has_no_blueprint(app, client, shop, path):
    seen = []
    app.before_request(lambda: seen.append((request.blueprint, request.blueprints)))
    app.register_blueprint(shop)

    client.get(path)

    assert seen == [(None, [])]


@pytest.mark.parametrize(
    ("endpoint", "url"),
    [
        (".index", "/shop/"),
        ("shop.index", "/shop/"),
        (".cart.index", "/shop/cart/"),
        ("index", "/"),
        ("club.index", "/club/"),
    ],
)
def test_endpoint_with_a_dot_in_front_is_the_blueprint_s_own(
    app, client, shop, endpoint, url
):
    club = Blueprint("club", __name__, url_prefix="/club")
    cart = Blueprint("cart", __name__, url_prefix="/cart")
    for part in (club, cart, app):
        part.add_url_rule("/", "index", echo)
    shop.add_url_rule("/link", "link", lambda: url_for(endpoint))
    shop.register_blueprint(cart)
    app.register_blueprint(shop)
    app.register_blueprint(club)

    assert client.get("/shop/link").text == url


def test_dot_in_front_means_nothing_outside_of_a_blueprint(app, client):
    @app.get("/link")
    def link():
        return url_for(".link")

    assert client.get("/link").text == "/link"


def test_nested_view_s_dot_is_the_nested_blueprint(app, client, shop):
    cart = Blueprint("cart", __name__, url_prefix="/cart")
    cart.add_url_rule("/", "index", lambda: url_for(".index"))
    shop.register_blueprint(cart)
    app.register_blueprint(shop, name="outlet", url_prefix="/outlet")

    assert client.get("/outlet/cart/").text == "/outlet/cart/"


# nesting


def test_blueprints_may_be_nested(app, client):
    bell, cart, shop = (
        Blueprint(name, __name__, url_prefix=f"/{name}")
        for name in ("bell", "cart", "shop")
    )

    @bell.get("/")
    def index():
        return repr(request.blueprints) + url_for(".index")

    shop.register_blueprint(cart)
    cart.register_blueprint(bell)
    app.register_blueprint(shop)

    text = "['shop.cart.bell', 'shop.cart', 'shop']/shop/cart/bell/"
    assert client.get("/shop/cart/bell/").text == text
    assert list(app.blueprints) == ["shop", "shop.cart", "shop.cart.bell"]


@pytest.mark.parametrize(
    ("outer", "inner", "option", "path"),
    [
        ("/a", "/b", None, "/a/b/x"),
        ("/a/", "/b", None, "/a/b/x"),
        ("/a", "b", None, "/a/b/x"),
        ("/a", "/b", "/c", "/a/c/x"),
        ("/a", "/b", "", "/a/x"),
        ("/a", None, None, "/a/x"),
        (None, "/b", None, "/b/x"),
        (None, None, None, "/x"),
    ],
)
def test_prefixes_of_nested_blueprints_are_joined(app, outer, inner, option, path):
    a = Blueprint("a", __name__, url_prefix=outer)
    b = Blueprint("b", __name__, url_prefix=inner)
    b.add_url_rule("/x", view_func=echo)
    a.register_blueprint(b, **({} if option is None else {"url_prefix": option}))
    app.register_blueprint(a)

    assert rules_of(app) == {(path, "a.b.echo")}


def test_new_name_renames_all_below(app, shop):
    cart = Blueprint("cart", __name__)
    cart.add_url_rule("/cart", view_func=echo)
    shop.register_blueprint(cart, name="basket")
    app.register_blueprint(shop, name="outlet")

    assert ("/shop/cart", "outlet.basket.echo") in rules_of(app)
    assert list(app.blueprints) == ["outlet", "outlet.basket"]


def test_namesakes_may_be_nested_at_different_places(app, client):
    """pallets/flask#4069"""
    for city in ("oslo", "lyon"):
        part = Blueprint(city, __name__, url_prefix=f"/{city}")
        party = Blueprint("party", __name__, url_prefix="/party")
        party.add_url_rule("/", "index", lambda: request.blueprint)
        part.register_blueprint(party)
        app.register_blueprint(part)

    assert client.get("/oslo/party/").text == "oslo.party"
    assert client.get("/lyon/party/").text == "lyon.party"


def test_namesakes_can_not_be_nested_at_the_same_place(app, shop):
    shop.register_blueprint(Blueprint("cart", __name__))
    shop.register_blueprint(Blueprint("cart", __name__))

    with pytest.raises(ValueError, match=r"shop\.cart"):
        app.register_blueprint(shop)


def test_blueprint_is_not_registered_on_itself(shop):
    with pytest.raises(ValueError, match="itself"):
        shop.register_blueprint(shop)


@pytest.mark.differs("Flask nests the two until Python's stack is full")
def test_blueprint_is_not_registered_inside_itself(shop):
    cart, bell = (Blueprint(name, __name__) for name in ("cart", "bell"))
    shop.register_blueprint(cart)
    cart.register_blueprint(bell)

    with pytest.raises(ValueError, match="itself"):
        bell.register_blueprint(shop)


# recording


def test_recorded_function_is_called_at_each_registration(app, shop):
    states = []
    shop.record(states.append)
    before = list(states)
    app.register_blueprint(shop)
    app.register_blueprint(shop, name="outlet", url_prefix="/out", anything=True)

    first, second = states
    assert before == []
    assert (first.app, first.blueprint, first.name) == (app, shop, "shop")
    assert (first.url_prefix, first.first_registration) == ("/shop", True)
    assert (second.name, second.url_prefix) == ("outlet", "/out")
    assert second.options["anything"] is True
    assert not second.first_registration


def test_state_tells_where_a_nested_blueprint_is(app, shop):
    states = []
    cart = Blueprint("cart", __name__, subdomain="my", url_defaults={"page": 1})
    cart.record(states.append)
    shop.register_blueprint(cart, url_defaults={"day": 2})
    app.register_blueprint(shop)

    (state,) = states
    assert (state.name, state.name_prefix) == ("cart", "shop")
    assert (state.url_prefix, state.subdomain) == ("/shop", "my")
    assert state.url_defaults == {"page": 1, "day": 2}


def test_recorded_once_is_called_once_for_each_app(app, shop):
    apps = []
    shop.record_once(lambda state: apps.append(state.app))
    other = App("other")
    for each in (app, other):
        each.register_blueprint(shop)
        each.register_blueprint(shop, name="outlet")

    assert apps == [app, other]


def test_state_adds_rules_as_the_blueprint_does(app, client, shop):
    shop.record(lambda state: state.add_url_rule("/late", "late", lambda: "late"))
    shop.record(lambda state: state.add_url_rule("/echo", view_func=echo))
    app.register_blueprint(shop)

    assert client.get("/shop/late").text == "late"
    assert {("/shop/late", "shop.late"), ("/shop/echo", "shop.echo")} <= rules_of(app)


def test_rules_go_through_the_state(app, client):
    """Extensions make their own state, or patch one."""

    class Loud(Blueprint):
        def make_setup_state(self, app, options, first_registration=False):
            state = super().make_setup_state(app, options, first_registration)
            add = state.add_url_rule
            state.add_url_rule = lambda rule, *args, **more: add(
                f"/loud{rule}", *args, **more
            )
            return state

    shop = Loud("shop", __name__)
    shop.add_url_rule("/bells", view_func=echo)
    app.register_blueprint(shop)

    assert client.get("/loud/bells").text == "{}"


def test_route_goes_through_add_url_rule(app, client):
    class Documented(Blueprint):
        def add_url_rule(self, rule, endpoint=None, view_func=None, **options):
            documented.append((rule, endpoint, view_func, options))
            super().add_url_rule(rule, endpoint, view_func, **options)

    documented = []
    shop = Documented("shop", __name__, static_folder="static")
    shop.route("/bells", endpoint="bell", methods=["PUT"])(echo)
    app.register_blueprint(shop)

    assert documented == [("/bells", "bell", echo, {"methods": ["PUT"]})]
    assert client.put("/bells").text == "{}"


def test_nested_blueprints_come_after_all_that_was_recorded(app, shop):
    order = []
    cart = Blueprint("cart", __name__)
    cart.record(lambda state: order.append("cart"))
    shop.register_blueprint(cart)
    shop.record(lambda state: order.append("shop"))
    app.register_blueprint(shop)

    assert order == ["shop", "cart"]


def test_blueprint_may_override_how_it_registers(app, client):
    class Twice(Blueprint):
        def register(self, app, options):
            super().register(app, options)
            super().register(app, {**options, "name": "mirror", "url_prefix": "/m"})

    shop = Twice("shop", __name__)
    shop.add_url_rule("/bells", view_func=echo)
    app.register_blueprint(shop)

    assert client.get("/bells").text == client.get("/m/bells").text == "{}"


# too late

SET_UP = {
    "route": lambda part: part.route("/late")(echo),
    "add_url_rule": lambda part: part.add_url_rule("/late", "late", echo),
    "before_request": lambda part: part.before_request(echo),
    "after_request": lambda part: part.after_request(echo),
    "teardown_request": lambda part: part.teardown_request(echo),
    "context_processor": lambda part: part.context_processor(echo),
    "errorhandler": lambda part: part.errorhandler(404)(echo),
    "url_defaults": lambda part: part.url_defaults(echo),
    "url_value_preprocessor": lambda part: part.url_value_preprocessor(echo),
    "before_app_request": lambda part: part.before_app_request(echo),
    "app_errorhandler": lambda part: part.app_errorhandler(404)(echo),
    "app_template_filter": lambda part: part.app_template_filter()(echo),
    "add_app_template_global": lambda part: part.add_app_template_global(echo),
    "record": lambda part: part.record(echo),
    "record_once": lambda part: part.record_once(echo),
    "register_blueprint": lambda part: part.register_blueprint(
        Blueprint("cart", __name__)
    ),
}


@pytest.mark.parametrize("method", SET_UP)
def test_blueprint_can_not_be_set_up_after_registering(app, shop, method):
    app.register_blueprint(shop)

    with pytest.raises(REFUSED, match="registered"):
        SET_UP[method](shop)


def test_no_blueprint_is_registered_after_the_first_request(app, client, shop):
    client.get("/")

    with pytest.raises(REFUSED, match="first request"):
        app.register_blueprint(shop)
