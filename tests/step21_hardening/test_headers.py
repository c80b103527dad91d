"""What browsers are told, by every response."""

from functools import wraps
from io import BytesIO
from types import FunctionType

import pytest
from step21_hardening import (
    App,
    Blueprint,
    MethodView,
    Response,
    abort,
    current_app,
    redirect,
    request,
    send_file,
)
from step21_hardening.security import Hardening
from werkzeug.test import run_wsgi_app

DEFAULT = {
    "default-src": "'self'",
    "script-src": "'self'",
    "object-src": "'none'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
    "form-action": "'self'",
}
FIELDS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


def make_app(**options):
    app = App("wren")
    hardening = Hardening(app, **options)
    app.add_url_rule("/", "index", lambda: "<p>Wren</p>")
    return app, hardening


def policy_of(response, name="Content-Security-Policy"):
    """Return the directives of a response's policy."""
    parts = [part.strip().partition(" ") for part in response.headers[name].split(";")]
    return {name: sources for name, _, sources in parts}


def fields_of(response):
    return {name: response.headers.get(name) for name in FIELDS}


@pytest.mark.asvs("3.4.3")
def test_page_may_use_nothing_but_its_own_site():
    app, _ = make_app()

    response = app.test_client().get("/")

    assert policy_of(response) == DEFAULT


def test_page_has_the_other_fields():
    app, _ = make_app()

    response = app.test_client().get("/")

    assert fields_of(response) == FIELDS


@pytest.fixture
def busy_app():
    """An app that answers in every way there is."""
    app, _ = make_app()

    @app.get("/file")
    def file():
        return send_file(BytesIO(b"song"), "audio/ogg", etag="tag")

    @app.get("/stream")
    def stream():
        return (letter for letter in "song"), {"Content-Type": "text/plain"}

    @app.get("/elsewhere")
    def elsewhere():
        return redirect("/")

    @app.get("/empty")
    def empty():
        return "", 204

    @app.get("/data")
    def data():
        return {"bird": "wren"}

    @app.get("/broken")
    def broken():
        return 1 / 0

    @app.get("/aborted")
    def aborted():
        abort(Response("Not now.", 503))

    return app


@pytest.mark.asvs("3.4.4", "3.4.5", "3.4.6", "3.4.8")
@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("GET", "/file", {}, 200),
        ("GET", "/file", {"If-None-Match": '"tag"'}, 304),
        ("GET", "/file", {"Range": "bytes=0-1"}, 206),
        ("GET", "/file", {"Range": "bytes=9-"}, 416),
        ("GET", "/stream", {}, 200),
        ("GET", "/elsewhere", {}, 302),
        ("GET", "/empty", {}, 204),
        ("GET", "/data", {}, 200),
        ("GET", "/broken", {}, 500),
        ("GET", "/aborted", {}, 503),
        ("GET", "/nowhere", {}, 404),
        ("GET", "/static/nowhere", {}, 404),
        ("HEAD", "/", {}, 200),
        ("POST", "/", {}, 405),
        ("OPTIONS", "/", {}, 200),
    ],
)
def test_every_kind_of_response_has_them(busy_app, method, path, headers, status):
    client = busy_app.test_client()

    response = client.open(path, method=method, headers=headers)

    assert response.status_code == status
    assert fields_of(response) == FIELDS
    assert policy_of(response) == DEFAULT


def test_response_of_failing_hooks_has_them_too():
    app, _ = make_app()

    @app.after_request
    def fail(response):
        raise RuntimeError("the hook fails on every response")

    response = app.test_client().get("/")

    assert response.status_code == 500
    assert policy_of(response) == DEFAULT


def test_response_of_an_earlier_hook_has_them_too():
    app = App("wren")
    app.before_request(lambda: "Closed.")
    Hardening(app)

    response = app.test_client().get("/")

    assert (response.text, policy_of(response)) == ("Closed.", DEFAULT)


@pytest.mark.differs("Flask answers a query that isn't text as if it were")
def test_request_that_no_view_can_read_gets_them_too():
    app, _ = make_app()
    environ = app.test_request_context("/").request.environ
    environ["QUERY_STRING"] = "\xff"

    _, status, headers = run_wsgi_app(app, environ)

    assert status == "400 BAD REQUEST"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]


def test_field_that_a_view_has_chosen_stays():
    app, _ = make_app()

    @app.get("/own")
    def own():
        fields = {
            "Content-Security-Policy": "sandbox",
            "referrer-policy": "no-referrer",
        }
        return "own", fields

    response = app.test_client().get("/own")

    assert response.headers.getlist("Content-Security-Policy") == ["sandbox"]
    assert response.headers.getlist("Referrer-Policy") == ["no-referrer"]
    assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_app_changes_one_part_of_a_policy_and_keeps_the_others():
    policy = {"img-src": ["'self'", "https://pictures.example"], "base-uri": None}
    app, _ = make_app(content_security_policy=policy)

    response = app.test_client().get("/")

    rest = {name: value for name, value in DEFAULT.items() if name != "base-uri"}
    pictures = "'self' https://pictures.example"
    assert policy_of(response) == {**rest, "img-src": pictures}


def test_app_leaves_fields_out():
    names = ["content_security_policy", "permissions_policy", "referrer_policy"]
    app, _ = make_app(**dict.fromkeys(names))

    headers = app.test_client().get("/").headers

    assert "Content-Security-Policy" not in headers
    assert "Permissions-Policy" not in headers
    assert "Referrer-Policy" not in headers
    assert "X-Content-Type-Options" in headers


def test_app_adds_a_feature_and_an_embedder_policy():
    app, _ = make_app(
        permissions_policy={"camera": "(self)", "geolocation": None},
        cross_origin_embedder_policy="require-corp",
    )

    headers = app.test_client().get("/").headers

    assert headers["Permissions-Policy"] == "camera=(self), microphone=()"
    assert headers["Cross-Origin-Embedder-Policy"] == "require-corp"


def copied(function):
    return FunctionType(function.__code__, function.__globals__, function.__name__)


PARTNER = {"frame-ancestors": "https://partner.example"}


def widget():
    return "<p>Ring</p>"


async def async_widget():
    return "<p>Ring</p>"


@pytest.mark.parametrize("widget", [widget, async_widget])
@pytest.mark.parametrize("below", [True, False], ids=["below", "above"])
def test_view_has_an_exception_wherever_its_decorator_is(below, widget):
    app, hardening = make_app()
    change = hardening(content_security_policy=PARTNER, referrer_policy=None)
    route = app.get("/widget")
    # one for each test: the exception is written on it
    widget = copied(widget)

    route(change(widget)) if below else change(route(widget))
    client = app.test_client()

    response = client.get("/widget")

    assert policy_of(response) == {**DEFAULT, **PARTNER}
    assert "Referrer-Policy" not in response.headers
    assert policy_of(client.get("/")) == DEFAULT


def logged(view):
    @wraps(view)
    def call():
        return current_app.ensure_sync(view)()

    return call


def test_exception_survives_other_decorators():
    app, hardening = make_app()

    @app.get("/widget")
    @logged
    @hardening(content_security_policy=PARTNER)
    def widget():
        return "<p>Ring</p>"

    response = app.test_client().get("/widget")

    assert policy_of(response) == {**DEFAULT, **PARTNER}


@pytest.mark.parametrize("widget", [widget, async_widget])
@pytest.mark.parametrize("inner", [lambda view: view, logged], ids=["plain", "logged"])
def test_exception_survives_them_above_the_route_as_well(inner, widget):
    app, hardening = make_app()
    route, change = app.get("/widget"), hardening(content_security_policy=PARTNER)

    change(logged(route(inner(copied(widget)))))

    response = app.test_client().get("/widget")

    assert policy_of(response) == {**DEFAULT, **PARTNER}


def test_exceptions_around_another_decorator_add_up():
    app, hardening = make_app()
    other = {"frame-ancestors": "https://other.example"}

    @hardening(content_security_policy=PARTNER)
    @logged
    @app.get("/widget")
    @hardening(content_security_policy=other, referrer_policy="no-referrer")
    def widget():
        return "<p>Ring</p>"

    response = app.test_client().get("/widget")

    assert policy_of(response) == {**DEFAULT, **PARTNER}
    assert response.headers["Referrer-Policy"] == "no-referrer"


def test_two_exceptions_of_one_view_add_up():
    app, hardening = make_app()

    @app.get("/widget")
    @hardening(content_security_policy=PARTNER)
    @hardening(referrer_policy="no-referrer")
    def widget():
        return "<p>Ring</p>"

    response = app.test_client().get("/widget")

    assert policy_of(response) == {**DEFAULT, **PARTNER}
    assert response.headers["Referrer-Policy"] == "no-referrer"


def test_view_of_a_blueprint_has_an_exception():
    app, hardening = make_app()
    shop = Blueprint("shop", __name__, url_prefix="/shop")

    @shop.get("/widget")
    @hardening(content_security_policy=PARTNER)
    def widget():
        return "<p>Ring</p>"

    app.register_blueprint(shop)

    response = app.test_client().get("/shop/widget")

    assert policy_of(response) == {**DEFAULT, **PARTNER}


def test_class_based_view_has_an_exception():
    app, hardening = make_app()

    class Widget(MethodView):
        decorators = [hardening(content_security_policy=PARTNER)]

        def get(self):
            return "<p>Ring</p>"

    app.add_url_rule("/widget", view_func=Widget.as_view("widget"))

    response = app.test_client().get("/widget")

    assert policy_of(response) == {**DEFAULT, **PARTNER}


def test_error_page_of_a_view_has_the_view_s_exception():
    app, hardening = make_app()

    @app.get("/widget")
    @hardening(content_security_policy=PARTNER)
    def widget():
        abort(404)

    response = app.test_client().get("/widget")

    assert policy_of(response) == {**DEFAULT, **PARTNER}


def test_view_takes_back_what_the_app_allows():
    app, hardening = make_app(content_security_policy=PARTNER)

    @app.get("/secret")
    @hardening(content_security_policy={"frame-ancestors": "'none'"})
    def secret():
        return "<p>Psst</p>"

    response = app.test_client().get("/secret")

    assert policy_of(response)["frame-ancestors"] == "'none'"


def test_policy_is_tried_out_before_it_forbids_anything():
    app, _ = make_app(content_security_policy_report_only=True)

    response = app.test_client().get("/")

    name = "Content-Security-Policy-Report-Only"
    assert policy_of(response, name) == DEFAULT
    assert "Content-Security-Policy" not in response.headers


@pytest.mark.asvs("3.4.7")
def test_browsers_know_where_to_report():
    app, _ = make_app(content_security_policy_report_uri="/reports")

    response = app.test_client().get("/")

    assert policy_of(response) == {**DEFAULT, "report-uri": "/reports"}


def test_directive_may_have_no_value():
    app, _ = make_app(content_security_policy={"upgrade-insecure-requests": ""})

    response = app.test_client().get("/")

    assert response.headers["Content-Security-Policy"].endswith(
        "; upgrade-insecure-requests"
    )


@pytest.mark.parametrize(
    "value",
    ["https://a.example; script-src *", "a, b", "a\r\nSet-Cookie: b", "bücher.example"],
)
def test_value_can_not_end_its_directive(value):
    with pytest.raises(ValueError, match=r"'img-src'.*commas"):
        Hardening(content_security_policy={"img-src": value})


def test_value_of_a_view_can_not_either():
    hardening = Hardening()

    with pytest.raises(ValueError, match="'img-src'"):
        hardening(content_security_policy={"img-src": ["a", "b;c"]})


@pytest.mark.parametrize(
    "options",
    [
        {"content_security_policy_report_uri": "/reports; script-src *"},
        {"content_security_policy_report_uri": "/reports, script-src *"},
        {"content_security_policy_nonce_in": ["script-src", "img-src *; style-src"]},
        {"permissions_policy": {"camera": "(), geolocation=*"}},
        {"referrer_policy": "origin\r\nSet-Cookie: a=b"},
        {"cross_origin_opener_policy": "same-origin\n"},
        {"cross_origin_embedder_policy": "require-corp\r"},
        {"cross_origin_resource_policy": "same-site\u2028"},
        {"strict_transport_security_max_age": "300\r\nSet-Cookie: a=b"},
    ],
)
def test_no_other_option_can_end_its_field_either(options):
    hardening = Hardening()

    with pytest.raises(ValueError, match="line breaks"):
        Hardening(**options)
    with pytest.raises(ValueError, match="line breaks"):
        hardening(**options)


@pytest.mark.parametrize(
    ("option", "value", "choices"),
    [
        ("cross_origin_resource_policy", "same_origin", "'same-site', 'cross-origin'"),
        ("cross_origin_resource_policy", "same-origin, same-site", "'cross-origin'"),
        ("cross_origin_resource_policy", ["same-origin"], "'cross-origin'"),
        ("cross_origin_resource_policy", "", "or None"),
        ("cross_origin_opener_policy", "same-orign", "'same-origin-allow-popups'"),
        ("cross_origin_opener_policy", 'sameorigin; report-to="a"', "'same-origin'"),
        ("cross_origin_embedder_policy", "require_corp", "'require-corp'"),
        ("referrer_policy", "no-referer", "'no-referrer'"),
        ("referrer_policy", "no-referrer, same-orign", "'same-origin'"),
        ("content_security_policy_report_only", "no", "True or False"),
        ("force_https", "no", "True or False"),
        ("force_https_permanent", "no", "True or False"),
        ("strict_transport_security", "no", "True or False"),
        ("strict_transport_security_include_subdomains", None, "True or False"),
        ("strict_transport_security_preload", "yes", "True or False"),
    ],
)
def test_misspelled_choice_is_an_error(option, value, choices):
    hardening = Hardening()

    with pytest.raises(ValueError, match=f"{option} is .*{choices}"):
        Hardening(**{option: value})
    with pytest.raises(ValueError, match=f"{option} is .*{choices}"):
        hardening(**{option: value})


def test_fields_may_have_separators_of_their_own():
    fields = {
        "Referrer-Policy": "no-referrer, same-origin",
        "Cross-Origin-Opener-Policy": 'same-origin; report-to="wren"',
    }
    app, _ = make_app(
        referrer_policy=fields["Referrer-Policy"],
        cross_origin_opener_policy=fields["Cross-Origin-Opener-Policy"],
    )

    response = app.test_client().get("/")

    assert {name: response.headers[name] for name in fields} == fields


def test_unknown_option_is_an_error():
    hardening = Hardening()

    with pytest.raises(TypeError, match="frame_optoins"):
        Hardening(frame_optoins="DENY")
    with pytest.raises(TypeError, match="frame_optoins"):
        hardening(frame_optoins="DENY")


def test_app_is_hardened_once():
    app, hardening = make_app()

    with pytest.raises(RuntimeError, match="hardened already"):
        hardening.init_app(app)


def test_one_extension_hardens_two_apps():
    hardening = Hardening(referrer_policy="no-referrer")
    apps = [App("bakery"), App("clinic")]
    for app in apps:
        hardening.init_app(app)
        app.add_url_rule("/", "index", lambda: request.host)

    responses = [app.test_client().get("/") for app in apps]

    policies = [response.headers["Referrer-Policy"] for response in responses]
    assert policies == ["no-referrer", "no-referrer"]


def test_two_apps_that_share_a_view_have_their_own_policies():
    one, two = App("one"), App("two")
    strict, loose = Hardening(one), Hardening(two, content_security_policy=None)

    @strict(referrer_policy="no-referrer")
    def widget():
        return "<p>Ring</p>"

    for app in (one, two):
        app.add_url_rule("/widget", "widget", widget)

    assert loose is not strict
    assert policy_of(one.test_client().get("/widget")) == DEFAULT
    assert "Content-Security-Policy" not in two.test_client().get("/widget").headers
