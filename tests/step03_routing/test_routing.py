"""What step 3 promises: rules with values, methods, and the answers around them."""

import gc

import pytest
from step03_routing import App, Request, Response
from werkzeug.routing import BaseConverter, Map, MapAdapter, Rule, ValidationError
from werkzeug.test import Client


def reading(answer):
    """Make a view of a function that gets the request and gives a response."""
    return lambda: Request.application(answer)


def test_rule_gives_its_value_to_the_view():
    app = App(__name__)

    @app.route("/<city>")
    def party(city):
        return f"Wren in {city}"

    assert Client(app).get("/oslo").text == "Wren in oslo"


@pytest.mark.until(7, "views import `request`, a proxy, instead of naming it")
def test_view_may_name_request_and_values():
    app = App(__name__)

    @app.route("/<city>")
    def party(city, request):
        return f"{city} {request.args['day']}"

    assert Client(app).get("/oslo?day=2").text == "oslo 2"


@pytest.mark.parametrize(
    ("rule", "url", "value"),
    [
        ("/<int:value>", "/42", 42),
        ("/<int(signed=True):value>", "/-42", -42),
        ("/<float:value>", "/4.5", 4.5),
        ("/<path:value>", "/a/b/c", "a/b/c"),
        ("/<any(oslo, lyon):value>", "/lyon", "lyon"),
        ("/<string(length=2):value>", "/no", "no"),
    ],
)
def test_converter_turns_text_into_a_value(rule, url, value):
    app = App(__name__)
    seen = []

    @app.route(rule)
    def view(value):
        seen.append(value)
        return "seen"

    Client(app).get(url)

    assert seen == [value]


def test_converter_gives_a_uuid():
    app = App(__name__)

    @app.route("/<uuid:ticket>")
    def view(ticket):
        return ticket.hex

    url = "/12345678-1234-5678-1234-567812345678"
    assert Client(app).get(url).text == "12345678123456781234567812345678"


@pytest.mark.parametrize(
    ("rule", "url"),
    [
        ("/<int:value>", "/-42"),
        ("/<int:value>", "/four"),
        ("/<value>", "/a/b"),
        ("/<string(length=2):value>", "/nor"),
        ("/<any(oslo, lyon):value>", "/rome"),
    ],
)
def test_value_that_does_not_convert_gives_404(rule, url):
    app = App(__name__)
    app.add_url_rule(rule, "view", lambda value: "wrong")

    assert Client(app).get(url).status_code == 404


def test_own_converter_may_refuse_a_value():
    class Even(BaseConverter):
        regex = r"\d+"

        def to_python(self, value):
            if int(value) % 2:
                raise ValidationError
            return int(value) // 2

    app = App(__name__)
    app.url_map.converters["even"] = Even

    @app.route("/<even:half>")
    def view(half):
        return repr(half)

    assert Client(app).get("/8").text == "4"
    assert Client(app).get("/7").status_code == 404


def test_decoded_value_reaches_the_view():
    app = App(__name__)

    @app.route("/<city>")
    def party(city):
        return city

    assert Client(app).get("/z%C3%BCrich%20west").text == "zürich west"


def test_two_rules_may_share_a_view():
    app = App(__name__)

    @app.route("/songs", defaults={"page": 1})
    @app.route("/songs/<int:page>")
    def songs(page):
        return f"page {page}"

    assert Client(app).get("/songs").text == "page 1"
    assert Client(app).get("/songs/2").text == "page 2"


def test_method_without_a_rule_gives_405_with_allow():
    app = App(__name__)

    @app.route("/", methods=["POST"])
    def index():
        return "posted"

    response = Client(app).get("/")

    assert response.status_code == 405
    assert set(response.allow) == {"POST", "OPTIONS"}


def test_methods_may_be_written_small():
    app = App(__name__)

    @app.route("/", methods=["post"])
    def index():
        return "posted"

    assert Client(app).post("/").text == "posted"
    assert Client(app).get("/").status_code == 405


def test_two_views_may_share_a_url():
    app = App(__name__)
    app.get("/guests")(lambda: "list")
    app.post("/guests", endpoint="sign_up")(lambda: "sign up")
    client = Client(app)

    assert client.get("/guests").text == "list"
    assert client.post("/guests").text == "sign up"


@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete"])
def test_shortcut_answers_its_method_alone(method):
    app = App(__name__)
    getattr(app, method)("/")(lambda: "done")
    client = Client(app)

    assert getattr(client, method)("/").text == "done"
    assert client.open("/", method="TRACE").status_code == 405


def test_shortcut_refuses_methods():
    app = App(__name__)

    with pytest.raises(TypeError, match="methods"):
        app.get("/", methods=["POST"])(lambda: "x")


def test_head_is_answered_where_get_is():
    app = App(__name__)
    calls = []

    @app.get("/")
    @reading
    def index(request):
        calls.append(request.method)
        return Response("Hello")

    response = Client(app).head("/")

    assert (response.status_code, response.data, calls) == (200, b"", ["HEAD"])
    assert response.headers["Content-Length"] == "5"
    assert Client(app).post("/").status_code == 405


def test_options_lists_the_methods_of_a_url():
    app = App(__name__)
    app.add_url_rule("/", "read", lambda: "read")
    app.add_url_rule("/", "write", lambda: "write", methods=["PUT"])

    response = Client(app).options("/")

    assert response.status_code == 200
    assert set(response.allow) == {"GET", "HEAD", "OPTIONS", "PUT"}
    assert response.data == b""


def test_werkzeug_s_own_rule_asks_its_view():
    app = App(__name__)
    app.url_map.add(Rule("/", endpoint="index", methods=["GET", "OPTIONS"]))
    app.view_functions["index"] = lambda: "mine"

    assert Client(app).options("/").text == "mine"


def test_view_may_answer_options_itself():
    app = App(__name__)

    @app.route("/", methods=["GET", "OPTIONS"])
    def index():
        return "mine"

    assert Client(app).options("/").text == "mine"


@pytest.mark.optional
def test_automatic_options_may_be_switched_off():
    app = App(__name__)
    app.add_url_rule("/", "index", lambda: "x", provide_automatic_options=False)

    response = Client(app).options("/")

    assert (response.status_code, set(response.allow)) == (405, {"GET", "HEAD"})


@pytest.mark.optional
def test_rule_says_whether_options_are_automatic():
    app = App(__name__)
    app.add_url_rule("/ours", "ours", lambda: "x")
    app.add_url_rule("/own", "own", lambda: "x", methods=["GET", "OPTIONS"])

    rules = {rule.endpoint: rule for rule in app.url_map.iter_rules()}

    assert rules["ours"].provide_automatic_options is True
    assert rules["own"].provide_automatic_options is False


def test_view_may_carry_its_methods():
    app = App(__name__)

    def index():
        return "posted"

    index.methods = ["POST"]
    app.add_url_rule("/", view_func=index)

    assert Client(app).post("/").text == "posted"
    assert Client(app).get("/").status_code == 405


def test_rule_with_a_slash_redirects_to_it():
    app = App(__name__)
    app.route("/songs/")(lambda: "songs")

    response = Client(app).get("/songs?page=2")

    assert response.status_code == 308
    assert response.location == "http://localhost/songs/?page=2"


@pytest.mark.holds_before("the dictionary of step 2 knows exact paths only")
def test_rule_without_a_slash_is_404_with_one():
    app = App(__name__)
    app.route("/songs")(lambda: "songs")
    client = Client(app)

    assert client.get("/songs").status_code == 200
    assert client.get("/songs/").status_code == 404


def test_redirect_stays_below_the_root_path():
    app = App(__name__)
    app.route("/songs/")(lambda: "songs")

    response = Client(app).get("/songs", base_url="https://wren.example/shop")

    assert response.location == "https://wren.example/shop/songs/"


def test_each_host_is_redirected_to_itself():
    app = App(__name__)
    app.route("/songs/")(lambda: "songs")
    client = Client(app)

    for host in ["one.example", "two.example", "one.example"]:
        response = client.get("/songs", base_url=f"http://{host}")
        assert response.location == f"http://{host}/songs/"


@pytest.mark.optional
@pytest.mark.holds_before("no step before binds a map of rules to a host")
def test_thousand_hosts_leave_no_thousand_adapters():
    app = App(__name__)
    app.route("/")(lambda: "Hello")
    client = Client(app)

    for number in range(200):
        client.get("/", base_url=f"http://host{number}.example")

    gc.collect()
    adapters = (each for each in gc.get_objects() if type(each) is MapAdapter)
    kept = sum(adapter.map is app.url_map for adapter in adapters)
    assert kept <= 64


@pytest.mark.holds_before("no step before reads the Host header")
@pytest.mark.parametrize(
    "host", ["bad host", "a%b", "exa mple:80:80", "é", ".", "a" * 80]
)
def test_host_with_wrong_characters_is_harmless(host):
    app = App(__name__)
    app.route("/")(lambda: "Hello")

    response = Client(app).get("/", environ_overrides={"HTTP_HOST": host})

    assert response.status_code in (200, 400)
    assert Client(app).get("/").text == "Hello"


def test_endpoint_is_named_after_the_view():
    app = App(__name__)

    @app.route("/")
    def index():
        return "Hello"

    assert app.view_functions["index"] is index


@pytest.mark.until(7, "views import `request`, a proxy, instead of naming it")
def test_request_knows_its_rule():
    app = App(__name__)

    @app.route("/<city>")
    def party(request, city):
        return f"{request.endpoint} {request.url_rule.rule} {request.view_args}"

    assert Client(app).get("/oslo").text == "party /<city> {'city': 'oslo'}"


def test_endpoint_and_view_may_meet_later():
    app = App(__name__)
    app.add_url_rule("/", "index")
    app.view_functions["index"] = lambda: "late"

    assert Client(app).get("/").text == "late"


@pytest.mark.differs("Flask raises AssertionError; a wrong value is a ValueError here")
def test_endpoint_cannot_stand_for_two_views():
    app = App(__name__)
    app.add_url_rule("/one", "same", lambda: "one")

    with pytest.raises(ValueError, match="same"):
        app.add_url_rule("/two", "same", lambda: "two")
    assert Client(app).get("/two").status_code == 404


def test_two_rules_may_have_one_bound_method():
    class Shelf:
        def show(self):
            return "two bells"

    app, shelf = App(__name__), Shelf()
    app.add_url_rule("/bells", "bells", shelf.show)
    app.add_url_rule("/shelf", "bells", shelf.show)

    assert Client(app).get("/shelf").text == "two bells"


def test_refused_rule_leaves_its_endpoint_free():
    app = App(__name__)
    with pytest.raises(LookupError):
        app.add_url_rule("/<song:bird>", "song", lambda bird: "wrong")

    app.add_url_rule("/<bird>", "song", lambda bird: bird)

    assert Client(app).get("/wren").text == "wren"


@pytest.mark.optional
@pytest.mark.differs("Flask fails on an assertion without a message of its own")
def test_rule_without_endpoint_and_view_is_refused():
    with pytest.raises(ValueError, match="/one"):
        App(__name__).add_url_rule("/one")


@pytest.mark.optional
def test_methods_in_one_string_are_refused():
    app = App(__name__)
    app.route("/list", endpoint="list", methods=["POST"])(lambda: "x")

    with pytest.raises(TypeError, match="methods"):
        app.route("/text", endpoint="text", methods="POST")(lambda: "x")


def test_rule_must_begin_with_a_slash():
    with pytest.raises(ValueError, match="songs"):
        App(__name__).route("songs")(lambda: "songs")


@pytest.mark.optional
def test_endpoint_names_the_view_of_a_rule_that_waited():
    app = App(__name__)
    app.add_url_rule("/bells", endpoint="shop")
    app.add_url_rule("/buy", endpoint="shop")

    @app.endpoint("shop")
    def bells():
        return "A bell"

    client = Client(app)

    assert [client.get(path).text for path in ("/bells", "/buy")] == ["A bell"] * 2


@pytest.mark.optional
def test_app_keeps_rules_of_the_classes_it_names():
    class AnyCaseRule(Rule):
        def __init__(self, string, **options):
            super().__init__(string.lower(), **options)

    class CountedMap(Map):
        """Would count its rules."""

    class EasyApp(App):
        url_rule_class, url_map_class = AnyCaseRule, CountedMap

    app = EasyApp(__name__)

    @app.route("/BELLS")
    def bells():
        return "A bell"

    assert isinstance(app.url_map, CountedMap)
    assert Client(app).get("/bells").text == "A bell"


@pytest.mark.optional
def test_map_of_rules_may_be_replaced_by_another():
    app = App(__name__)
    app.url_map = Map()

    app.route("/bells/<city>")(lambda city: f"A bell from {city}")

    assert Client(app).get("/bells/oslo").text == "A bell from oslo"
