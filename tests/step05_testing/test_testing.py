"""What step 5 promises: a client that visits the app without a server."""

import pytest
from step05_testing import App, AppClient, Request, Response
from werkzeug.test import EnvironBuilder


def reading(answer):
    """Make a view of a function that takes the request and returns a response."""
    return lambda: Request.application(answer)


def test_client_gets_an_answer():
    app = App(__name__)
    app.route("/")(lambda: "Hello")

    response = app.test_client().get("/")

    assert (response.status_code, response.text) == (200, "Hello")


def test_client_is_the_app_s_class():
    assert isinstance(App(__name__).test_client(), AppClient)


@pytest.mark.optional
def test_own_client_class_is_used():
    class Visitor(AppClient):
        pass

    app = App(__name__)
    app.test_client_class = Visitor

    assert isinstance(app.test_client(), Visitor)


def test_response_is_the_app_s_response_and_the_client_s():
    app = App(__name__)
    app.route("/")(lambda: "Hello")

    response = app.test_client().get("/")

    assert isinstance(response, Response)
    assert response.request.path == "/"


@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete"])
def test_client_speaks_each_method(method):
    app = App(__name__)

    @app.route("/", methods=[method])
    @reading
    def index(request):
        return Response(request.method)

    assert getattr(app.test_client(), method)("/").text == method.upper()


def test_client_sends_a_form():
    app = App(__name__)
    app.post("/")(reading(lambda request: Response(request.form["email"])))

    response = app.test_client().post("/", data={"email": "ada@wren.example"})

    assert response.text == "ada@wren.example"


def test_client_sends_and_reads_json():
    app = App(__name__)

    @app.post("/")
    @reading
    def index(request):
        return Response(f"[{request.json['bells']}]", mimetype="application/json")

    assert app.test_client().post("/", json={"bells": 3}).json == [3]


def test_client_keeps_cookies():
    app = App(__name__)

    @app.route("/set")
    def set_language():
        response = Response("Noted.")
        response.set_cookie("language", "de")
        return response

    @app.route("/get")
    @reading
    def get_language(request):
        return Response(request.cookies.get("language", "none"))

    client = app.test_client()

    client.get("/set")

    assert client.get("/get").text == "de"
    assert app.test_client().get("/get").text == "none"


def test_client_may_refuse_cookies():
    app = App(__name__)

    @app.route("/")
    @reading
    def index(request):
        language = request.cookies.get("language", "none")
        return Response(language, headers={"Set-Cookie": "language=de"})

    client = app.test_client(use_cookies=False)
    client.get("/")

    assert client.get("/").text == "none"


def test_client_stops_at_a_redirect_unless_told():
    app = App(__name__)
    app.route("/songs/")(lambda: "songs")
    client = app.test_client()

    assert client.get("/songs").status_code == 308
    followed = client.get("/songs", follow_redirects=True)
    assert (followed.text, followed.request.path) == ("songs", "/songs/")
    assert [hop.status_code for hop in followed.history] == [308]


def test_client_comes_from_this_machine():
    app = App(__name__)
    app.route("/")(reading(lambda request: Response(request.remote_addr)))

    assert app.test_client().get("/").text == "127.0.0.1"


def test_client_names_itself_as_browsers_do():
    app = App(__name__)
    app.route("/")(reading(lambda request: Response(str(request.user_agent))))

    assert app.test_client().get("/").text


def test_environ_base_is_in_each_request():
    app = App(__name__)

    @app.route("/")
    @reading
    def index(request):
        return Response(f"{request.remote_addr} {request.user_agent}")

    client = app.test_client()

    client.environ_base["HTTP_USER_AGENT"] = "Wren/1"

    assert client.get("/").text == "127.0.0.1 Wren/1"
    guest = {"REMOTE_ADDR": "10.0.0.1"}
    assert client.get("/", environ_base=guest).text == "10.0.0.1 Wren/1"


def test_each_client_has_an_environ_base_of_its_own():
    app = App(__name__)
    app.route("/")(reading(lambda request: Response(request.remote_addr)))
    one, other = app.test_client(), app.test_client()

    one.environ_base["REMOTE_ADDR"] = "10.0.0.1"

    assert (one.get("/").text, other.get("/").text) == ("10.0.0.1", "127.0.0.1")


@pytest.mark.optional
def test_finished_environ_gets_environ_base():
    app = App(__name__)
    app.route("/")(reading(lambda request: Response(request.remote_addr)))

    assert app.test_client().open(EnvironBuilder("/")).text == "127.0.0.1"


@pytest.mark.optional
def test_each_redirect_carries_environ_base():
    app = App(__name__)
    app.route("/songs/")(reading(lambda request: Response(request.remote_addr)))
    client = app.test_client()
    client.environ_base["REMOTE_ADDR"] = "10.0.0.1"

    assert client.get("/songs", follow_redirects=True).text == "10.0.0.1"


def test_error_in_a_view_reaches_the_test():
    app = App(__name__)
    app.testing = True
    app.route("/")(lambda: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        app.test_client().get("/")


def test_handler_for_500_does_not_hide_the_error_from_a_test():
    app = App(__name__)
    app.testing = True

    @app.route("/")
    def index():
        raise ConnectionError("the song server is away")

    @app.errorhandler(500)
    def broken(error):
        return "<h1>Wren</h1><p>We will be back.</p>", 500

    with pytest.raises(ConnectionError):
        app.test_client().get("/")


def make_streaming_app(made):
    """Make an app whose body has two pieces, and note each as it is made."""
    app = App(__name__)

    @app.route("/")
    def pieces():
        for number in range(2):
            made.append(number)
            yield str(number)

    return app


def test_body_may_be_read_piece_by_piece():
    made = []
    response = make_streaming_app(made).test_client().get("/")

    assert made == [0]
    assert (response.text, made) == ("01", [0, 1])


def test_buffered_body_is_read_at_once():
    made = []
    make_streaming_app(made).test_client().get("/", buffered=True)

    assert made == [0, 1]
