"""Step 14: values go out as JSON, and come in."""

import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from io import BytesIO, StringIO
from uuid import UUID

import pytest
from markupsafe import Markup
from step14_json import (
    App,
    Response,
    abort,
    jsonify,
    make_response,
    redirect,
    render_template_string,
    request,
    session,
)
from werkzeug.exceptions import HTTPException, NotFound, TooManyRequests

JSON = {"Accept": "application/json"}
TYPE = {"Content-Type": "application/json"}
HTML_ERRORS = "Flask's errors are HTML for everyone, unless handlers say otherwise"


@dataclass
class Guest:
    name: str
    since: date


class Bell:
    def __html__(self):
        return "<b>ring</b>"


def answer_of(result, debug=False):
    """Return the answer of an app whose view returns the value."""
    app = App(__name__)
    app.debug = debug
    app.add_url_rule("/", view_func=lambda: result, endpoint="index")
    return app.test_client().get("/")


def written(value):
    """Return what a program reads when a view returns the value."""
    return json.loads(answer_of({"value": value}).text)["value"]


def lines_of(answer):
    """Return the lines of an answer without their indentation."""
    return [line.strip() for line in answer.text.splitlines()]


def make_echo():
    """Return an app that answers with what it reads."""
    app = App(__name__)
    app.testing = True

    @app.post("/")
    def echo():
        return jsonify(request.get_json())

    return app


def post(app, body, content_type="application/json", **headers):
    client = app.test_client()
    return client.post("/", data=body, content_type=content_type, headers=headers)


# what views return


def test_dictionary_is_an_object():
    answer = answer_of({"guests": 3})

    assert answer.status_code == 200
    assert answer.mimetype == "application/json"
    assert answer.text.strip() == '{"guests":3}'


def test_list_is_an_array():
    answer = answer_of(["wren", "robin"])

    assert answer.mimetype == "application/json"
    assert answer.text.strip() == '["wren","robin"]'


def test_status_and_headers_go_with_it():
    for value in ({"guests": 3}, [3]):
        answer = answer_of((value, 201, {"Location": "/guests/3"}))

        assert answer.json == value
        assert answer.status_code == 201
        assert answer.headers["Location"] == "/guests/3"


def test_headers_alone_go_with_it():
    answer = answer_of(({"guests": 3}, {"Cache-Control": "no-store"}))

    assert answer.json == {"guests": 3}
    assert answer.headers["Cache-Control"] == "no-store"


def test_type_may_be_another():
    answer = answer_of(({"id": 1}, {"Content-Type": "application/hal+json"}))

    assert answer.mimetype == "application/hal+json"
    assert answer.json == {"id": 1}


def test_hook_may_return_it_too():
    app = App(__name__)
    app.before_request(lambda: {"closed": True})

    assert app.test_client().get("/").json == {"closed": True}


def test_error_handler_may_return_it_too():
    app = App(__name__)
    app.register_error_handler(404, lambda error: ({"missing": request.path}, 404))

    answer = app.test_client().get("/nowhere")

    assert (answer.json, answer.status_code) == ({"missing": "/nowhere"}, 404)


@pytest.mark.optional
def test_error_names_what_may_be_returned():
    app = App(__name__)
    app.testing = True
    app.add_url_rule("/", "index", lambda: 3)

    with pytest.raises(TypeError, match=r"a string.* dict, (a )?list"):
        app.test_client().get("/")


# jsonify


def test_jsonify_takes_one_value_or_many_or_members():
    app = App(__name__)
    app.add_url_rule("/one", "one", lambda: jsonify("wren"))
    app.add_url_rule("/many", "many", lambda: jsonify("wren", "robin"))
    app.add_url_rule("/members", "members", lambda: jsonify(bird="wren", number=2))
    app.add_url_rule("/none", "none", lambda: jsonify())
    client = app.test_client()

    assert client.get("/one").json == "wren"
    assert client.get("/many").json == ["wren", "robin"]
    assert client.get("/members").json == {"bird": "wren", "number": 2}
    assert client.get("/none").text.strip() == "null"


@pytest.mark.parametrize("value", [None, True, 0, "", [], {}])
def test_value_that_is_empty_stays_what_it_is(value):
    with App(__name__).app_context():
        assert json.loads(jsonify(value).data) == value


@pytest.mark.optional
def test_jsonify_takes_not_both_values_and_members():
    with App(__name__).app_context(), pytest.raises(TypeError, match="not both"):
        jsonify("wren", number=2)


def test_jsonify_gives_a_response_to_change():
    with App(__name__).app_context():
        response = jsonify(guests=3)

    response.status_code = 202
    assert isinstance(response, Response)
    assert response.status == "202 ACCEPTED"


def test_jsonify_without_an_app_says_what_to_do():
    with pytest.raises(RuntimeError, match=r"app\.app_context\(\)"):
        jsonify(guests=3)


OUTSIDE = {
    "dumps": lambda module: module.dumps(Decimal("1.5")) == '"1.5"',
    "dump": lambda module: dumped(module, {"b": 1, "a": 2}) == '{"b": 1, "a": 2}',
    "loads": lambda module: module.loads('{"a": 1}') == {"a": 1},
    "load": lambda module: module.load(StringIO("[1]")) == [1],
    "load bytes": lambda module: module.load(BytesIO(b"[1]")) == [1],
}


def dumped(module, value):
    file = StringIO()
    module.dump(value, file)
    return file.getvalue()


@pytest.mark.optional
@pytest.mark.parametrize("call", OUTSIDE)
def test_without_an_app_the_standard_library_writes_and_reads(call):
    from step14_json import json as app_json

    assert OUTSIDE[call](app_json)


@pytest.mark.optional
def test_file_is_written_and_read_as_the_app_does():
    from step14_json import json as app_json

    with App(__name__).app_context():
        assert dumped(app_json, {"b": 1, "a": 2}) == '{"a": 2, "b": 1}'
        assert app_json.load(StringIO('{"a": 2}')) == {"a": 2}


# make_response


def test_make_response_makes_what_a_view_would_have():
    with App(__name__).test_request_context("/"):
        responses = [
            make_response("text"),
            make_response({"guests": 3}),
            make_response("closed", 403),
            make_response(("closed", 403)),
            make_response("closed", 403, {"X-Bell": "wren"}),
            make_response(),
        ]

    assert [response.status_code for response in responses[2:5]] == [403] * 3
    assert [response.mimetype for response in responses[:2]] == [
        "text/html",
        "application/json",
    ]
    assert responses[4].headers["X-Bell"] == "wren"
    assert responses[5].data == b""


def test_make_response_gives_a_response_to_change():
    app = App(__name__)

    @app.route("/")
    def index():
        response = make_response({"guests": 3})
        response.set_cookie("seen", "yes")
        return response

    answer = app.test_client().get("/")

    assert answer.json == {"guests": 3}
    assert answer.headers["Set-Cookie"].startswith("seen=yes")


# types


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (date(2027, 3, 20), "Sat, 20 Mar 2027 00:00:00 GMT"),
        (datetime(2027, 3, 20, 6, 30), "Sat, 20 Mar 2027 06:30:00 GMT"),
        (
            datetime(2027, 3, 20, 6, 30, tzinfo=timezone(timedelta(hours=2))),
            "Sat, 20 Mar 2027 04:30:00 GMT",
        ),
        (Decimal("24.90"), "24.90"),
        (UUID(int=7), "00000000-0000-0000-0000-000000000007"),
        (Markup("<b>&amp;</b>"), "<b>&amp;</b>"),
        (Bell(), "<b>ring</b>"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_type_that_json_lacks_is_a_text(value, text):
    assert written(value) == text


def test_dataclass_is_an_object():
    guest = Guest("Ada", date(2027, 3, 20))

    assert written([guest]) == [
        {"name": "Ada", "since": "Sat, 20 Mar 2027 00:00:00 GMT"}
    ]


@pytest.mark.parametrize("value", [{1, 2}, b"bell", object(), Guest])
def test_other_types_are_refused(value):
    app = App(__name__)

    with app.app_context(), pytest.raises(TypeError):
        jsonify(value)


@pytest.mark.optional
@pytest.mark.differs("Flask names the type alone")
def test_refusal_shows_the_value_and_says_what_may_stand_there():
    app = App(__name__)

    with app.app_context(), pytest.raises(TypeError, match=r"b'bell'.*UUIDs"):
        jsonify(b"bell")


def test_keys_are_sorted_so_that_the_text_is_the_same_each_time():
    value = answer_of({"b": 1, "a": {"d": 1, "c": 2}}).json

    assert list(value) == ["a", "b"]
    assert list(value["a"]) == ["c", "d"]


def test_text_is_ascii_and_reads_the_same():
    answer = answer_of(["Zürich"])

    assert answer.data.isascii()
    assert answer.json == ["Zürich"]


@pytest.mark.optional
def test_text_ends_with_its_line():
    assert answer_of({"guests": 3}).text.endswith("}\n")


@pytest.mark.optional
def test_debug_mode_writes_for_people():
    answer = answer_of({"a": [1]}, debug=True)

    assert lines_of(answer) == ["{", '"a": [', "1", "]", "}"]


# the provider


def answer_of_provider(provider_class, value):
    app = App(__name__)
    app.json = provider_class(app)
    app.add_url_rule("/", view_func=lambda: value, endpoint="index")
    return app.test_client().get("/")


def test_provider_learns_a_type():
    class Lengths(App.json_provider_class):
        def default(self, value):
            if isinstance(value, timedelta):
                return value.total_seconds()
            return super().default(value)

    answer = answer_of_provider(Lengths, [timedelta(minutes=1), Decimal("1.0")])

    assert answer.json == [60, "1.0"]


@pytest.mark.optional
def test_provider_is_told_how_to_write():
    class Plain(App.json_provider_class):
        ensure_ascii = False
        sort_keys = False
        compact = False
        mimetype = "application/vnd.wren+json"

    answer = answer_of_provider(Plain, {"ü": 1, "a": 2})

    assert lines_of(answer) == ["{", '"ü": 1,', '"a": 2', "}"]
    assert answer.mimetype == "application/vnd.wren+json"


@pytest.mark.optional
def test_compact_may_be_wished_for_in_debug_mode():
    app = App(__name__)
    app.debug = app.json.compact = True

    with app.app_context():
        assert jsonify([1, 2]).data.strip() == b"[1,2]"


def test_class_of_an_app_names_its_provider():
    class Loud(App.json_provider_class):
        def dumps(self, value, **options):
            return super().dumps(value, **options).upper()

    class LoudApp(App):
        json_provider_class = Loud

    with LoudApp(__name__).app_context():
        assert json.loads(jsonify("wren").data) == "WREN"


def test_another_library_writes_and_reads_all():
    class Backwards(App.json_provider_class):
        """Stand in for a library with a format of its own."""

        def dumps(self, value, **options):
            return json.dumps(value, default=self.default)[::-1]

        def loads(self, text, **options):
            return json.loads(text[::-1])

    app = App(__name__)
    app.json = Backwards(app)
    read = []

    @app.post("/")
    def index():
        read.append(request.get_json())
        return render_template_string("{{ 12|tojson }}")

    answer = post(app, b"]43,21[")

    assert read == [[12, 34]]
    assert answer.text == "21"


@pytest.mark.optional
def test_functions_of_the_module_ask_the_active_app():
    from step14_json.json import dumps, loads

    app = App(__name__)
    app.json.ensure_ascii = False

    with app.app_context():
        text = dumps(["Zürich", UUID(int=7)], sort_keys=True)
        assert "Zürich" in text
        assert loads(text) == ["Zürich", "00000000-0000-0000-0000-000000000007"]
        assert loads('{"price": 24.90}', parse_float=Decimal) == {
            "price": Decimal("24.90")
        }


# reading


@pytest.mark.holds_before("Werkzeug's request reads JSON by itself")
def test_view_reads_what_was_sent():
    app = App(__name__)
    read = []

    @app.post("/")
    def index():
        read.extend([request.get_json(), request.json, request.is_json])
        return ""

    post(app, '{"name": "Zürich"}'.encode())
    post(app, "[1]", "application/vnd.wren+json; charset=utf-8")

    assert read == [{"name": "Zürich"}, {"name": "Zürich"}, True, [1], [1], True]


def test_app_answers_what_it_reads():
    for value in (None, False, 1.5, "wren", [], {"a": [{"b": None}]}):
        assert make_echo().test_client().post("/", json=value or 0).json == (value or 0)


@pytest.mark.parametrize("body", [b"", b"{", b"wren", b'{"a": 1,}', b"[1] [2]"])
@pytest.mark.holds_before("Werkzeug's request answers 400")
def test_what_is_no_json_is_answered_with_400(body):
    assert post(make_echo(), body).status_code == 400


@pytest.mark.differs("Flask tells the reason in debug mode alone")
@pytest.mark.holds_before("Werkzeug tells where the text stops being JSON")
def test_answer_tells_where_it_stops_being_json():
    answer = post(make_echo(), b'{"a": }', Accept="application/json")

    assert "line 1 column 7" in answer.text


@pytest.mark.parametrize("content_type", ["text/plain", None, "multipart/form-data"])
@pytest.mark.holds_before("Werkzeug's request answers 415")
def test_what_does_not_claim_to_be_json_is_answered_with_415(content_type):
    answer = post(make_echo(), b"[1]", content_type)

    assert answer.status_code == 415


@pytest.mark.holds_before("Werkzeug's request has both parameters")
def test_reading_may_be_forced_and_silenced():
    def read(body, content_type, **options):
        context = App(__name__).test_request_context(
            "/", method="POST", data=body, content_type=content_type
        )
        with context:
            return request.get_json(**options)

    assert read(b"[1]", "text/plain", force=True) == [1]
    assert read(b"[1]", "text/plain", silent=True) is None
    assert read(b"[1", "application/json", silent=True) is None
    assert read(b"[1", "text/plain", force=True, silent=True) is None


@pytest.mark.differs(
    "Flask lets the RecursionError through: an answer of 500", safer=True
)
def test_json_may_be_nested_and_its_depth_is_no_failure_of_ours():
    app = make_echo()

    assert post(app, b"[" * 50 + b"]" * 50).status_code == 200
    assert post(app, b"[" * 50_000 + b"]" * 50_000).status_code == 400


@pytest.mark.differs("Flask reads what it then can't write or keep", safer=True)
@pytest.mark.parametrize(("opened", "closed"), [(b"[", b"]"), (b'{"a":', b"}")])
def test_json_that_is_read_can_be_sent_back_and_kept(opened, closed):
    app = make_echo()
    app.secret_key = "a key that nobody knows"

    @app.post("/keep")
    def keep():
        session["value"] = {"sent": [request.get_json()]}
        return "kept"

    statuses = {
        depth: {
            app.test_client()
            .post(path, data=opened * depth + b"1" + closed * depth, headers=TYPE)
            .status_code
            for path in ("/", "/keep")
        }
        for depth in [1, 50, 99, *range(100, 1100, 25)]
    }

    assert statuses[50] == {200}
    assert all(len(found) == 1 and found <= {200, 400} for found in statuses.values())
    assert statuses[1075] == {400}


@pytest.mark.differs("Flask takes half a character, which no page can show", safer=True)
def test_escaped_characters_are_whole():
    app = make_echo()

    assert post(app, rb'["\ud83d\udd14", "\\ud83d"]').json == ["🔔", "\\ud83d"]
    for half in (rb'"\ud83d"', rb'{"\udd14": 1}', rb'"\udd14\ud83d"'):
        assert post(app, half).status_code == 400


@pytest.mark.differs("Flask guesses: also UTF-16 and UTF-32")
def test_json_is_utf_8():
    for encoding in ("utf-16", "utf-32-le", "latin-1"):
        answer = post(make_echo(), '["Zürich"]'.encode(encoding))

        assert answer.status_code == 400


# errors


def make_failing():
    """Return an app whose views end in all kinds of ways."""
    app = App(__name__)

    @app.get("/full")
    def full():
        abort(403, "The <list> is full.")

    @app.get("/busy")
    def busy():
        raise TooManyRequests("Try later.", retry_after=30)

    @app.get("/fails")
    def fails():
        raise ValueError("hunter2")

    @app.get("/own")
    def own():
        abort(Response("my own", 409))

    @app.get("/missing")
    def missing():
        raise NotFound(response=Response("no bell", 404))

    @app.get("/moved")
    def moved():
        abort(redirect("/full"))

    @app.get("/folder/")
    def folder():
        return "files"

    return app


def error_of(path, method="GET", app=None):
    client = (app or make_failing()).test_client()
    return client.open(path, method=method, headers=JSON)


@pytest.mark.differs(HTML_ERRORS)
def test_program_gets_an_error_as_it_asked_for():
    answer = error_of("/full")
    problem = json.loads(answer.text)

    assert answer.status_code == 403
    assert answer.mimetype == "application/problem+json"
    # it may have more members, such as `type` (RFC 9457, section 3.1)
    assert (problem["status"], problem["title"]) == (403, "Forbidden")
    assert problem["detail"] == "The <list> is full."


@pytest.mark.differs(HTML_ERRORS)
def test_url_that_is_not_there_is_told_in_json_too():
    assert json.loads(error_of("/nowhere").text)["title"] == "Not Found"


@pytest.mark.differs(HTML_ERRORS)
def test_headers_of_an_error_are_kept():
    answers = error_of("/full", "DELETE"), error_of("/busy")

    assert {answer.mimetype for answer in answers} == {"application/problem+json"}
    assert set(answers[0].allow) == {"GET", "HEAD", "OPTIONS"}
    assert answers[1].headers["Retry-After"] == "30"


@pytest.mark.differs(HTML_ERRORS)
def test_failure_is_told_without_what_failed():
    answer = error_of("/fails")

    assert json.loads(answer.text)["status"] == answer.status_code == 500
    assert "hunter2" not in answer.text and "ValueError" not in answer.text


@pytest.mark.differs(HTML_ERRORS)
def test_caches_are_told_that_the_answer_depends():
    client = make_failing().test_client()

    for headers in ({}, JSON, {"Accept": "text/html"}):
        assert "Accept" in client.get("/nowhere", headers=headers).vary


@pytest.mark.holds_before("all errors were pages")
def test_visitor_gets_a_page():
    for accept in ("text/html,application/xml;q=0.9,*/*;q=0.8", "*/*", None):
        headers = {"Accept": accept} if accept else {}
        answer = make_failing().test_client().get("/full", headers=headers)

        assert answer.mimetype == "text/html"
        assert "The &lt;list&gt; is full." in answer.text


@pytest.mark.holds_before("all answers were pages")
@pytest.mark.parametrize(
    ("path", "status", "text"),
    [
        ("/own", 409, "my own"),
        ("/missing", 404, "no bell"),
        ("/moved", 302, "/full"),
        ("/folder", 308, "/folder/"),
    ],
)
def test_redirects_and_responses_of_the_view_are_left_alone(path, status, text):
    answer = error_of(path)

    assert (answer.status_code, answer.mimetype) == (status, "text/html")
    assert text in answer.text
    assert "Accept" not in answer.vary


def test_error_may_make_its_response_for_the_request():
    class LoginRequired(HTTPException):
        code = 303

        def get_response(self, environ):
            return redirect(f"/login?next={environ['PATH_INFO']}", 303)

    app = App(__name__)

    @app.route("/guests")
    def guests():
        raise LoginRequired

    assert app.test_client().get("/guests").location == "/login?next=/guests"


@pytest.mark.differs(HTML_ERRORS)
def test_handler_may_leave_programs_to_the_framework():
    app = make_failing()

    @app.errorhandler(HTTPException)
    def failed(error):
        if request.prefers_json:
            return error
        return f"<h1>{error.code}</h1>", error.code

    assert error_of("/full", app=app).mimetype == "application/problem+json"
    assert error_of("/fails", app=app).mimetype == "application/problem+json"
    assert app.test_client().get("/full").text == "<h1>403</h1>"


@pytest.mark.holds_before("a handler's answer was always its own")
def test_answer_of_a_handler_is_left_alone():
    app = make_failing()
    app.register_error_handler(403, lambda error: ("<p>No.</p>", 403))

    assert error_of("/full", app=app).text == "<p>No.</p>"


@pytest.mark.differs("Flask leaves it to the view to look into `accept_mimetypes`")
@pytest.mark.parametrize(
    ("accept", "prefers_json"),
    [
        (None, False),
        ("*/*", False),
        ("text/html", False),
        ("application/*", False),
        ("text/html, application/json", False),
        ("text/html, application/json;q=0.9", False),
        ("application/json", True),
        ("Application/JSON", True),
        ("application/problem+json", True),
        ("application/json, text/plain, */*", True),
        ("application/json, text/html;q=0.9", True),
        ("application/vnd.wren+json", True),
        ("application/json;q=0", False),
        ("application/json;q=0, image/png", False),
    ],
)
def test_request_tells_what_its_client_prefers(accept, prefers_json):
    headers = {"Accept": accept} if accept else {}

    with App(__name__).test_request_context("/", headers=headers):
        assert request.prefers_json is prefers_json


# tests and templates


def test_client_sends_and_reads_all_types_of_the_app():
    client = make_echo().test_client()

    answer = client.post("/", json={"id": UUID(int=7), "price": Decimal("24.90")})

    assert answer.json == {
        "id": "00000000-0000-0000-0000-000000000007",
        "price": "24.90",
    }


def test_context_of_a_made_up_request_holds_them_too():
    app = App(__name__)

    with app.test_request_context("/", method="POST", json=[date(2027, 3, 20)]):
        assert request.get_json() == ["Sat, 20 Mar 2027 00:00:00 GMT"]


def test_template_inlines_all_types_of_the_app():
    source = "<script>const bell = {{ bell|tojson }}</script>"
    bell = {"price": Decimal("24.90"), "name": "</script>"}

    with App(__name__).test_request_context("/"):
        page = render_template_string(source, bell=bell)

    value = page.removeprefix("<script>const bell = ").removesuffix("</script>")
    assert "</script>" not in value
    assert json.loads(value) == {"price": "24.90", "name": "</script>"}


# what an app may replace


@pytest.mark.optional
def test_all_results_become_responses_in_one_place():
    class Birdhouse(App):
        def make_response(self, rv):
            return super().make_response("bird" if rv == {"a bird"} else rv)

    app = Birdhouse(__name__)
    birds = lambda *_: {"a bird"}  # noqa: E731
    app.add_url_rule("/view", "view", birds)
    app.add_url_rule("/helper", "helper", lambda: make_response({"a bird"}))
    app.register_error_handler(404, birds)
    app.register_error_handler(LookupError, birds)
    app.add_url_rule("/broken", "broken", lambda: {}["bird"])
    client = app.test_client()
    paths = ["/view", "/helper", "/broken", "/nowhere"]

    assert [client.get(path).text for path in paths] == ["bird"] * 4


@pytest.mark.optional
def test_hooks_result_becomes_a_response_in_the_same_place():
    class Birdhouse(App):
        def make_response(self, rv):
            return super().make_response("bird" if rv == {"a bird"} else rv)

    app = Birdhouse(__name__)
    app.before_request(lambda: {"a bird"})

    assert app.test_client().get("/").text == "bird"


@pytest.mark.optional
def test_json_is_of_the_apps_class_of_responses():
    class Signed(Response):
        signature = "Wren"

    class Shop(App):
        response_class = Signed

    with Shop(__name__).test_request_context():
        answers = [jsonify(1), make_response([1]), make_response("text")]

    assert [answer.signature for answer in answers] == ["Wren"] * 3


@pytest.mark.optional
def test_provider_writes_and_reads_files():
    provider, file = App(__name__).json, StringIO()

    provider.dump({"when": date(2026, 4, 1)}, file)

    assert provider.load(StringIO(file.getvalue())) == {
        "when": "Wed, 01 Apr 2026 00:00:00 GMT"
    }
