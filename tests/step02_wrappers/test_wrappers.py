"""What step 2 promises: a request to read from, a response to return."""

import pytest
from step02_wrappers import App, Request, Response
from werkzeug.datastructures import Headers
from werkzeug.test import Client
from werkzeug.wrappers import Response as PlainResponse


def answer(result, url="/", **options):
    """Ask an app whose only view returns `result`."""
    app = App(__name__)
    app.testing = True  # from step 4 on, only a testing app lets errors through

    @app.route("/")
    def index():
        return result

    return Client(app).get(url, **options)


def reading(answer):
    """Make a view of a function that gets the request and gives a response."""
    return lambda: Request.application(answer)


@pytest.mark.until(7, "views import `request`, a proxy, instead of naming it")
def test_view_that_names_request_gets_it():
    app = App(__name__)

    @app.route("/")
    def index(request):
        assert isinstance(request, Request)
        return f"{request.method} {request.path} {request.args['code']}"

    assert Client(app).get("/?code=de").text == "GET / de"


@pytest.mark.until(7, "views import `request`, a proxy, instead of naming it")
def test_type_error_in_a_view_with_the_request_is_its_own():
    app = App(__name__)
    app.testing = True  # from step 4 on, only a testing app lets errors through
    calls = []

    @app.route("/")
    def index(request):
        calls.append(request.path)
        return 1 + "text"

    with pytest.raises(TypeError, match="unsupported operand"):
        Client(app).get("/")

    assert calls == ["/"]


@pytest.mark.holds_before("step 1 hands the environ from function to function, too")
def test_request_inside_a_request_changes_nothing_for_the_outer_one():
    app = App(__name__)
    client = Client(app)

    @app.route("/")
    def index():
        return f"the inner one: {client.head('/nowhere').status_code}"

    assert client.get("/").text == "the inner one: 404"


def test_request_holds_form_and_cookies():
    app = App(__name__)

    @app.route("/")
    @reading
    def index(request):
        return Response(f"{request.form['name']} from {request.cookies['city']}")

    client = Client(app)
    client.set_cookie("city", "Zürich")

    # the dictionary of step 1 answers any method; from step 3 on a rule names its own
    text = client.open("/", method="GET", data={"name": "Ada"}).text
    assert text == "Ada from Zürich"


@pytest.mark.asvs("4.1.1")
@pytest.mark.holds_before("step 1 sends text as UTF-8, too")
def test_text_is_html_in_utf8():
    response = answer("Grüße")

    assert response.data == "Grüße".encode()
    assert response.mimetype == "text/html"
    assert response.mimetype_params.get("charset", "").lower() == "utf-8"


def test_bytes_are_sent_as_they_are():
    assert answer(b"\x00raw").data == b"\x00raw"


def test_iterator_is_sent_piece_by_piece():
    response = answer(piece for piece in ["one ", "two"])

    assert response.text == "one two"
    assert "Content-Length" not in response.headers


def test_generator_runs_only_when_its_pieces_are_sent():
    app = App(__name__)
    made = []

    def pieces():
        for number in range(3):
            made.append(number)
            yield f"{number} "

    @app.route("/")
    def index():
        return pieces()

    response = Client(app).get("/", buffered=False)
    first = next(response.iter_encoded())

    assert (first, made) == (b"0 ", [0])
    response.close()


def test_response_is_sent_as_it_is():
    response = answer(Response("made", status=201, mimetype="text/plain"))

    assert (response.status_code, response.text) == (201, "made")
    assert response.mimetype == "text/plain"


def test_plain_werkzeug_response_is_sent():
    response = answer(PlainResponse("plain", status=203))

    assert (response.status_code, response.text) == (203, "plain")


def test_wsgi_application_is_called():
    def other(environ, start_response):
        start_response("202 Accepted", [("Content-Type", "text/plain")])
        return [environ["PATH_INFO"].encode()]

    response = answer(other)

    assert (response.status_code, response.text) == (202, "/")


@pytest.mark.parametrize(
    ("result", "status", "pot"),
    [
        (("tea", 418), 418, None),
        (("tea", "418 Short and stout"), 418, None),
        (("tea", {"X-Pot": "short"}), 200, "short"),
        (("tea", [("X-Pot", "short")]), 200, "short"),
        (("tea", Headers({"X-Pot": "short"})), 200, "short"),
        (("tea", 418, [("X-Pot", "short")]), 418, "short"),
        ((Response("tea", 200), 418, {"X-Pot": "short"}), 418, "short"),
    ],
)
def test_tuple_adds_status_and_headers(result, status, pot):
    response = answer(result)

    assert (response.text, response.status_code) == ("tea", status)
    assert response.headers.get("X-Pot") == pot


def test_two_cookies_in_a_list_of_headers_are_both_sent():
    response = answer(("tea", [("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")]))

    assert response.headers.getlist("Set-Cookie") == ["a=1", "b=2"]


def test_headers_of_a_tuple_replace_those_of_the_response():
    response = answer((Response("tea", headers={"X-Pot": "tall"}), {"X-Pot": "short"}))

    assert response.headers.getlist("X-Pot") == ["short"]


@pytest.mark.holds_before("step 1 refuses other values, too")
@pytest.mark.parametrize("result", [None, 42, (None, 200), object()])
def test_other_values_are_refused(result):
    with pytest.raises(TypeError):
        answer(result)


@pytest.mark.optional
@pytest.mark.parametrize("result", [(), ("one",), ("one", 2, {}, 4)])
def test_tuple_of_another_length_is_refused(result):
    with pytest.raises(TypeError) as caught:
        answer(result)

    message = str(caught.value)
    for word in ("body", "status", "headers"):
        assert word in message


@pytest.mark.optional
@pytest.mark.holds_before("step 1 refuses each tuple that is not text, number, headers")
@pytest.mark.differs("Flask lets Werkzeug stumble over it, with an AttributeError")
@pytest.mark.parametrize("status", [1.5, b"200 OK", object()])
def test_status_of_another_type_is_refused(status):
    with pytest.raises(TypeError) as caught:
        answer(("tea", status))

    message = str(caught.value)
    for word in ("index", "status"):
        assert word in message


@pytest.mark.holds_before("a view without `return` is named from step 1 on")
def test_none_names_the_view_and_the_missing_return():
    with pytest.raises(TypeError) as caught:
        answer(None)

    message = str(caught.value)
    for word in ("index", "None", "return"):
        assert word in message


@pytest.mark.optional
@pytest.mark.until(20, "a view may be an `async def` there")
@pytest.mark.differs("Flask says how to install what runs async views")
def test_async_view_is_told_that_nothing_awaits_it():
    app = App(__name__)
    app.testing = True

    @app.route("/")
    async def index():
        return "Hello"

    with pytest.raises(TypeError, match=r"index.*async def"):
        Client(app).get("/")


def test_head_has_headers_and_no_body():
    app = App(__name__)

    @app.route("/")
    def index():
        return "Hello"

    response = Client(app).head("/")

    assert (response.data, response.content_length) == (b"", 5)


def test_set_cookie_cannot_be_broken_out_of():
    app = App(__name__)

    @app.route("/")
    @reading
    def index(request):
        response = Response("Noted.")
        response.set_cookie("language", request.args["code"])
        return response

    client = Client(app)
    client.get("/", query_string={"code": "de; Max-Age=999999999"})

    cookie = client.get_cookie("language")
    assert (cookie.decoded_value, cookie.max_age) == ("de; Max-Age=999999999", None)


def test_header_of_a_visitor_is_one_line():
    assert answer(("Noted.", {"X-Language": "de"})).headers["X-Language"] == "de"

    with pytest.raises(ValueError):
        answer(("Noted.", {"X-Language": "de\r\nX-Evil: yes"}))


@pytest.mark.optional
def test_app_makes_requests_and_responses_of_the_classes_it_names():
    paths = []

    class NotingRequest(Request):
        def __init__(self, *arguments, **options):
            super().__init__(*arguments, **options)
            paths.append(self.path)

    class TextResponse(Response):
        default_mimetype = "text/plain"

    class PlainApp(App):
        request_class, response_class = NotingRequest, TextResponse

    app = PlainApp(__name__)

    @app.route("/")
    def index():
        return "Hello"

    response = Client(app).get("/")

    assert (paths, response.mimetype) == (["/"], "text/plain")
