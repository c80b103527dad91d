"""What step 16 promises of hooks and error handlers: for whose requests they count."""

import pytest
from step16_blueprints import (
    App,
    Blueprint,
    abort,
    has_app_context,
    render_template_string,
    request,
    url_for,
)
from werkzeug.exceptions import HTTPException, InternalServerError, NotFound


@pytest.fixture
def app():
    app = App("wren")
    app.testing = True

    @app.route("/")
    def index():
        return "index"

    yield app
    assert not has_app_context(), "a context leaked"


@pytest.fixture
def client(app):
    return app.test_client()


@pytest.fixture
def parts(app):
    """Return the app, a blueprint, and one inside of that; register them later."""
    return [app, Blueprint("a", __name__), Blueprint("b", __name__, url_prefix="/b")]


def nest(parts):
    """Register the parts inside each other."""
    app, outer, inner = parts
    outer.register_blueprint(inner)
    app.register_blueprint(outer, url_prefix="/a")


def shop_with(rules, name="shop"):
    """Make a blueprint from views by their paths."""
    shop = Blueprint(name, __name__, url_prefix=f"/{name}")
    for path, view in rules.items():
        shop.add_url_rule(path, path.strip("/") or "index", view)
    return shop


def fail(error):
    """Return a view that raises an error."""

    def view():
        raise error

    return view


def name_of(part):
    return getattr(part, "name", "")


# hooks


def note_all(part, called):
    """Register one hook of each kind that notes the name of the part."""
    name = part.name

    def note(*arguments):
        called.append(name)

    part.url_value_preprocessor(note)
    part.before_request(note)
    part.after_request(lambda response: called.append(name) or response)
    part.teardown_request(note)


def test_hooks_of_a_blueprint_are_for_its_own_views(app, client):
    called = []
    shop = shop_with({"/": lambda: "shop"})
    club = shop_with({"/": lambda: "club"}, "club")
    note_all(shop, called)
    app.register_blueprint(shop)
    app.register_blueprint(club)

    client.get("/club/")
    client.get("/")
    others = list(called)
    client.get("/shop/")

    assert others == []
    assert called == ["shop"] * 4


@pytest.mark.parametrize(
    ("kind", "order"),
    [
        ("url_value_preprocessor", ["wren", "a", "b"]),
        ("before_request", ["wren", "a", "b"]),
        ("after_request", ["b", "a", "wren"]),
        ("teardown_request", ["b", "a", "wren"]),
        ("context_processor", ["wren", "a", "b"]),
    ],
)
def test_hooks_go_inward_before_the_view_and_outward_after_it(
    client, parts, kind, order
):
    """pallets/flask#4229"""
    called = []
    results = {"after_request": lambda response: response, "context_processor": dict}

    def note(name):
        def hook(*arguments):
            called.append(name)
            return results.get(kind, lambda *_: None)(*arguments)

        return hook

    for part in reversed(parts):
        getattr(part, kind)(note(part.name))
    parts[2].add_url_rule("/", "index", lambda: render_template_string("page"))
    nest(parts)

    client.get("/a/b/")

    assert called == order


def test_last_of_a_blueprint_s_after_hooks_is_called_first(app, client):
    called = []
    shop = shop_with({"/": lambda: "shop"})
    for number in (1, 2):
        shop.after_request(lambda response, n=number: called.append(n) or response)
        shop.teardown_request(lambda error, n=number: called.append(n))
    app.register_blueprint(shop)

    client.get("/shop/")

    assert called == [2, 1, 2, 1]


def test_hook_may_answer_for_the_blueprint(app, client):
    shop = shop_with({"/": lambda: "shop"})
    shop.before_request(lambda: "closed")
    app.register_blueprint(shop)

    assert client.get("/shop/").text == "closed"
    assert client.get("/").text == "index"


def test_hooks_work_under_both_names(app, client):
    """pallets/flask#4124"""
    called = []
    shop = shop_with({"/": lambda: "shop", "/none": fail(NotFound())})
    note_all(shop, called)
    shop.errorhandler(404)(lambda error: ("sold out", 404))
    app.register_blueprint(shop)
    app.register_blueprint(shop, name="outlet", url_prefix="/outlet")

    for path in ("/shop/", "/outlet/"):
        client.get(path)

    assert called == ["shop"] * 8
    assert (
        client.get("/shop/none").text == client.get("/outlet/none").text == "sold out"
    )


def test_processor_changes_the_values_of_its_own_views(app, client):
    def take_city(endpoint, values):
        request.city = (endpoint, values.pop("city"))

    shop = Blueprint("shop", __name__, url_prefix="/<city>")
    shop.url_value_preprocessor(take_city)
    shop.add_url_rule("/bells", "bells", lambda: repr(request.city))
    app.register_blueprint(shop)

    assert client.get("/oslo/bells").text == "('shop.bells', 'oslo')"


def test_defaults_follow_the_url_that_is_built(client, parts):
    called = []
    for part in parts:
        part.url_defaults(lambda endpoint, values, n=part.name: called.append(n))
    app, outer, inner = parts
    app.add_url_rule("/links", "links", lambda: url_for("a.b.index") + url_for("index"))
    outer.add_url_rule("/", "index", lambda: url_for("index"))
    inner.add_url_rule("/", "index", lambda: "")
    nest(parts)

    client.get("/links")
    from_the_app = list(called)
    client.get("/a/")

    assert from_the_app == ["wren", "a", "b", "wren"]
    assert called == [*from_the_app, "wren"]


def test_defaults_of_a_blueprint_know_its_values(app, client):
    shop = Blueprint("shop", __name__, url_prefix="/<city>")
    shop.url_defaults(lambda endpoint, values: values.setdefault("city", "oslo"))
    shop.add_url_rule("/bells", "bells", lambda city: city)
    app.add_url_rule("/link", "link", lambda: url_for("shop.bells") + url_for("link"))
    app.register_blueprint(shop)

    assert client.get("/link").text == "/oslo/bells/link"


def test_templates_know_the_names_of_the_request_s_blueprint(app, client):
    page = "{{ a }}{{ b }}{{ c }}"
    shop = shop_with({"/": lambda: render_template_string(page, c="view")})
    app.context_processor(lambda: {"a": "app ", "b": "app "})
    shop.context_processor(lambda: {"b": "shop ", "c": "shop "})
    app.add_url_rule("/page", "page", lambda: render_template_string(page))
    app.register_blueprint(shop)

    assert client.get("/shop/").text == "app shop view"
    assert client.get("/page").text == "app app "
    with app.app_context():
        assert render_template_string(page) == "app app "


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [("/shop/none", "GET", 404), ("/shop/", "PUT", 405), ("/shop", "GET", 308)],
)
def test_where_no_rule_matches_a_blueprint_keeps_silent(
    app, client, path, method, status
):
    """pallets/flask#1498: nobody can know whose URL it would have been."""
    called = []
    shop = shop_with({"/": lambda: "shop"})
    note_all(shop, called)
    shop.errorhandler(HTTPException)(lambda error: ("shop's page", error.code))
    app.register_blueprint(shop)

    answer = client.open(path, method=method)

    assert answer.status_code == status
    assert "shop's page" not in answer.text
    assert called == []


def test_hooks_are_called_for_automatic_options(app, client):
    called = []
    shop = shop_with({"/": lambda: "shop"})
    note_all(shop, called)
    app.register_blueprint(shop)

    assert "OPTIONS" in client.options("/shop/").allow
    assert called == ["shop"] * 4


def test_lists_of_a_blueprint_s_hooks_may_grow(app, client):
    called = []
    shop = shop_with({"/": lambda: "shop"})
    app.register_blueprint(shop)
    client.get("/shop/")
    app.before_request_funcs["shop"].append(lambda: called.append("before"))

    @app.after_request_funcs["shop"].append
    def after(response):
        called.append("after")
        return response

    client.get("/shop/")
    client.get("/")

    assert called == ["before", "after"]


def test_hooks_are_listed_by_the_full_name_of_the_blueprint(parts):
    """Extensions look for them there, and add theirs."""
    registries = {
        "before_request": "before_request_funcs",
        "after_request": "after_request_funcs",
        "teardown_request": "teardown_request_funcs",
        "context_processor": "template_context_processors",
        "url_defaults": "url_default_functions",
        "url_value_preprocessor": "url_value_preprocessors",
    }
    for kind in registries:
        for part in parts:
            getattr(part, kind)(name_of)
    nest(parts)

    app = parts[0]
    for name in registries.values():
        registry = getattr(app, name)
        assert [registry[scope][-1] for scope in (None, "a", "a.b")] == [name_of] * 3
        assert registry["another"] == []


def test_decorated_hook_is_still_a_function():
    shop = Blueprint("shop", __name__)

    assert shop.before_request(name_of) is name_of
    assert shop.before_app_request(name_of) is name_of
    assert shop.errorhandler(404)(name_of) is name_of
    assert shop.app_errorhandler(404)(name_of) is name_of
    assert shop.app_template_filter("x")(name_of) is name_of


# the whole app, from a blueprint


def test_blueprint_may_hook_into_all_requests(app, client):
    called = []
    shop = Blueprint("shop", __name__)
    shop.before_app_request(lambda: called.append("before"))
    shop.after_app_request(lambda response: called.append("after") or response)
    shop.teardown_app_request(lambda error: called.append("teardown"))
    shop.app_url_value_preprocessor(lambda endpoint, values: called.append("values"))
    app.register_blueprint(shop)

    client.get("/")
    client.get("/none")

    assert called == ["values", "before", "after", "teardown"] * 2


def test_blueprint_may_add_to_all_urls_and_templates(app, client):
    shop = Blueprint("shop", __name__)
    shop.app_url_defaults(lambda endpoint, values: values.update(page=7))
    shop.app_context_processor(lambda: {"bell": "ding"})
    shop.app_template_filter()(str.upper)
    shop.app_template_filter("shout")(lambda text: f"{text}!")
    shop.app_template_test("long")(lambda text: len(text) > 3)
    shop.app_template_global("twice")(lambda text: text * 2)
    page = "{{ bell|upper|shout }} {{ bell is long }} {{ twice(bell) }}"
    app.add_url_rule("/page", "page", lambda: render_template_string(page))
    app.add_url_rule("/link", "link", lambda: url_for("page"))
    app.register_blueprint(shop)

    assert client.get("/page").text == "DING! True dingding"
    assert client.get("/link").text == "/page?page=7"


def test_blueprint_may_add_to_templates_without_decorators(app, client):
    shop = Blueprint("shop", __name__)
    shop.add_app_template_filter(lambda text: f"{text}!", "shout")
    shop.add_app_template_test(lambda text: len(text) > 3, "long")
    shop.add_app_template_global(lambda text: text * 2, "twice")
    page = "{{ 'ding'|shout }} {{ 'ding' is long }} {{ twice('ding') }}"
    app.add_url_rule("/page", "page", lambda: render_template_string(page))
    app.register_blueprint(shop)

    assert client.get("/page").text == "ding! True dingding"


def test_hooks_for_the_whole_app_come_once_under_two_names(app, client):
    called = []
    shop = Blueprint("shop", __name__)
    shop.before_app_request(lambda: called.append("before"))
    app.register_blueprint(shop)
    app.register_blueprint(shop, name="outlet")

    client.get("/")

    assert called == ["before"]


def test_hooks_for_the_whole_app_reach_every_app(client):
    called = []
    shop = Blueprint("shop", __name__)
    shop.before_app_request(lambda: called.append("before"))
    for name in ("one", "two"):
        app = App(name)
        app.register_blueprint(shop)
        app.test_client().get("/")

    assert called == ["before", "before"]


def test_nested_blueprint_reaches_the_whole_app(client, parts):
    called = []
    parts[2].before_app_request(lambda: called.append("before"))
    parts[2].app_errorhandler(404)(lambda error: ("b's page", 404))
    nest(parts)

    assert client.get("/none").text == "b's page"
    assert called == ["before"]


# error handlers


def test_handler_of_a_blueprint_is_for_its_own_views(app, client):
    shop = shop_with({"/": fail(LookupError("bell"))})
    club = shop_with({"/": fail(LookupError("card"))}, "club")
    shop.errorhandler(LookupError)(lambda error: f"no {error}")
    app.register_blueprint(shop)
    app.register_blueprint(club)

    assert client.get("/shop/").text == "no bell"
    with pytest.raises(LookupError, match="card"):
        client.get("/club/")


def test_handler_of_a_blueprint_takes_its_own_abort(app, client):
    """pallets/flask#1498"""
    shop = shop_with({"/bell": lambda: abort(404)})
    shop.errorhandler(404)(lambda error: ("sold out", 404))
    app.errorhandler(404)(lambda error: ("no page", 404))
    app.register_blueprint(shop)

    assert client.get("/shop/bell").text == "sold out"
    assert client.get("/shop/none").text == "no page"


def test_handler_may_be_registered_without_a_decorator(app, client):
    shop = shop_with({"/": fail(LookupError())})
    shop.register_error_handler(LookupError, lambda error: "none")
    app.register_blueprint(shop)

    assert client.get("/shop/").text == "none"


def test_app_s_handler_takes_what_no_blueprint_does(app, client):
    shop = shop_with({"/": fail(LookupError()), "/other": fail(OSError())})
    shop.errorhandler(LookupError)(lambda error: "shop")
    app.errorhandler(Exception)(lambda error: "app")
    app.register_blueprint(shop)

    assert client.get("/shop/").text == "shop"
    assert client.get("/shop/other").text == "app"


def test_blueprint_may_handle_the_whole_app_s_errors(app, client):
    shop = Blueprint("shop", __name__)
    shop.app_errorhandler(404)(lambda error: ("no page", 404))
    shop.app_errorhandler(LookupError)(lambda error: "none")
    app.add_url_rule("/broken", "broken", fail(KeyError()))
    app.register_blueprint(shop)

    assert client.get("/none").text == "no page"
    assert client.get("/broken").text == "none"


@pytest.mark.parametrize(
    ("handled", "by"),
    [
        # the nearest blueprint
        ({"wren": LookupError, "a": LookupError, "b": LookupError}, "b"),
        ({"wren": LookupError, "a": LookupError}, "a"),
        ({"wren": LookupError}, "wren"),
        # even if the class is farther away
        ({"wren": KeyError, "b": Exception}, "b"),
        ({"wren": KeyError, "a": LookupError}, "a"),
        # where it can't be handled, the next one
        ({"a": Exception, "b": OSError}, "a"),
    ],
)
def test_nearest_blueprint_s_handler_takes_an_error(client, parts, handled, by):
    for part in parts:
        if part.name in handled:
            part.errorhandler(handled[part.name])(lambda error, n=part.name: n)
    parts[2].add_url_rule("/", "index", fail(KeyError()))
    nest(parts)

    assert client.get("/a/b/").text == by


@pytest.mark.parametrize(
    ("handled", "by"),
    [
        # the status code, wherever its handler is
        ({"wren": 404, "b": HTTPException}, "wren"),
        ({"a": NotFound, "b": Exception}, "a"),
        # then the nearest
        ({"wren": 404, "a": 404, "b": HTTPException}, "a"),
        ({"wren": HTTPException, "b": HTTPException}, "b"),
        ({"wren": HTTPException, "b": Exception}, "b"),
        ({"wren": HTTPException, "b": 403}, "wren"),
    ],
)
def test_handler_of_a_code_comes_before_one_of_a_class(client, parts, handled, by):
    for part in parts:
        if part.name in handled:
            part.errorhandler(handled[part.name])(lambda error, n=part.name: n)
    parts[2].add_url_rule("/", "index", lambda: abort(404))
    nest(parts)

    assert client.get("/a/b/").text == by


def test_blueprint_may_have_a_page_for_failures(app, client):
    app.testing = False
    app.logger.disabled = True
    shop = shop_with({"/": fail(LookupError("bell"))})
    shop.errorhandler(500)(lambda error: (repr(error.original_exception), 500))
    app.register_blueprint(shop)
    app.add_url_rule("/broken", "broken", fail(LookupError("app")))

    assert client.get("/shop/").text == "LookupError('bell')"
    assert "LookupError" not in client.get("/broken").text
    app.logger.disabled = False


def test_error_in_the_app_s_hook_is_the_view_s_blueprint_s(app, client):
    def check():
        if request.endpoint != "index":
            raise LookupError("no bell")

    app.before_request(check)
    shop = shop_with({"/": lambda: "shop"})
    shop.errorhandler(LookupError)(lambda error: f"shop: {error}")
    app.register_blueprint(shop)

    assert client.get("/shop/").text == "shop: no bell"


def test_handlers_are_listed_by_scope_code_and_class(parts):
    """Extensions look for them there."""
    for part in parts:
        part.errorhandler(404)(name_of)
        part.errorhandler(LookupError)(name_of)
        part.errorhandler(InternalServerError)(name_of)
    nest(parts)

    for scope in (None, "a", "a.b"):
        spec = parts[0].error_handler_spec[scope]
        assert spec[404] == {NotFound: name_of}
        assert spec[500] == {InternalServerError: name_of}
        assert spec[None] == {LookupError: name_of}


@pytest.mark.parametrize("what", [999, "404", LookupError()])
def test_what_can_not_be_handled_is_refused_at_once(what):
    shop = Blueprint("shop", __name__)

    with pytest.raises((ValueError, TypeError), match=r"exception|class|code"):
        shop.errorhandler(what)(name_of)


@pytest.mark.differs("Flask registers it, and never runs it")
@pytest.mark.parametrize(
    "kind", ["url_defaults", "url_value_preprocessor", "app_url_defaults"]
)
def test_hook_that_nothing_would_await_is_refused(kind):
    async def hook(*arguments): ...

    with pytest.raises(TypeError, match="async"):
        getattr(Blueprint("shop", __name__), kind)(hook)
