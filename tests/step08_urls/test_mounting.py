"""What step 8 promises of apps that share a process: each keeps to itself."""

from concurrent.futures import ThreadPoolExecutor
from sys import getswitchinterval, setswitchinterval
from time import sleep
from urllib.parse import urljoin

import pytest
from step08_urls import App, current_app, g, request, url_for
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.test import Client

THREADS = 16
VISITS = 800


def create_blog(owner):
    """Make an app; call it again for another blog."""
    app = App("blog")
    app.testing = True
    app.config["OWNER"] = owner

    @app.route("/")
    def index():
        return url_for("post", number=1)

    @app.route("/posts/<int:number>/")
    def post(number):
        before = g.get("number")
        g.number = number
        # let the other threads write their own
        sleep(0)
        following = url_for("post", number=number + 1)
        return f"{current_app.config['OWNER']} {before} {g.number} {following}"

    return app


def create_shop():
    """Make an app with an endpoint of the same name, and a rule of another form."""
    app = App("shop")
    app.testing = True
    app.config["OWNER"] = "Wren"

    @app.route("/p/<int:number>")
    def post(number):
        g.number = -number
        sleep(0)
        return f"{current_app.config['OWNER']} {g.number} {url_for('post', number=0)}"

    return app


def mounted():
    """Return a client of three apps in one: a shop, and the same blog twice."""
    blogs = {"/ada": create_blog("Ada"), "/bob": create_blog("Bob")}
    return Client(DispatcherMiddleware(create_shop(), blogs))


def test_mounted_app_builds_urls_under_its_prefix():
    client = mounted()

    assert client.get("/ada/").text == "/ada/posts/1/"
    assert client.get("/bob/").text == "/bob/posts/1/"
    assert client.get("/p/3").text == "Wren -3 /p/0"


def test_external_url_has_the_prefix_too():
    app = create_blog("Ada")
    app.add_url_rule("/me", "me", lambda: url_for("me", _external=True))
    client = Client(DispatcherMiddleware(create_shop(), {"/ada": app}))

    assert client.get("/ada/me").text == "http://localhost/ada/me"


def test_slash_is_added_under_the_prefix():
    response = mounted().get("/ada/posts/1")

    assert response.status_code == 308
    # a path is as valid as an absolute URL (RFC 9110, section 10.2.2)
    target = urljoin("http://localhost/ada/posts/1", response.headers["Location"])
    assert target == "http://localhost/ada/posts/1/"


def test_one_app_may_be_mounted_twice():
    app = create_blog("Ada")
    client = Client(DispatcherMiddleware(create_shop(), {"/a": app, "/b/c": app}))

    assert client.get("/a/").text == "/a/posts/1/"
    assert client.get("/b/c/").text == "/b/c/posts/1/"


def test_app_from_a_factory_has_its_own_configuration():
    client = mounted()

    assert client.get("/ada/posts/7/").text == "Ada None 7 /ada/posts/8/"
    assert client.get("/bob/posts/7/").text == "Bob None 7 /bob/posts/8/"


def test_apps_in_one_process_stay_apart_under_load():
    client = mounted()
    expected = {}
    for number in range(VISITS // 4):
        following = f"posts/{number + 1}/"
        expected[f"/ada/posts/{number}/"] = f"Ada None {number} /ada/{following}"
        expected[f"/bob/posts/{number}/"] = f"Bob None {number} /bob/{following}"
        expected[f"/p/{number}"] = f"Wren {-number} /p/0"
        expected[f"/nobody/{number}"] = None

    def visit(path):
        response = client.open(path)
        return path, response.text if response.status_code == 200 else None

    interval = getswitchinterval()
    setswitchinterval(1e-5)
    try:
        with ThreadPoolExecutor(THREADS) as pool:
            answers = dict(pool.map(visit, expected))
    finally:
        setswitchinterval(interval)

    assert len(answers) == VISITS
    assert answers == expected


def test_view_may_ask_another_app_and_stays_with_its_own():
    blog = create_blog("Ada")
    shop = create_shop()

    @shop.route("/news")
    def news():
        g.number = 5
        there = blog.test_client().get("/posts/1/").text
        here = f"{current_app.config['OWNER']} {g.number} {request.path}"
        return f"{there} | {here} {url_for('news')}"

    text = shop.test_client().get("/news").text

    assert text == "Ada None 1 /posts/2/ | Wren 5 /news /news"


def test_view_may_leave_the_request_to_another_app():
    shop = create_shop()
    shop.add_url_rule("/posts/<int:number>/", "blog", lambda number: create_blog("Ada"))

    assert shop.test_client().get("/posts/4/").text == "Ada None 4 /posts/5/"


@pytest.mark.differs("Flask builds with the URL map of the app that is at work")
def test_app_builds_its_own_urls_while_another_is_at_work():
    blog, shop = create_blog("Ada"), create_shop()
    blog.config["SERVER_NAME"] = "blog.example"
    url = "http://blog.example/posts/1/"

    with shop.test_request_context("/p/1"):
        assert blog.url_for("post", number=1) == url
        assert shop.url_for("post", number=1) == "/p/1"


@pytest.mark.differs("Flask builds with the URL map of the app that is at work")
def test_app_asks_for_its_host_while_another_is_at_work():
    with (
        create_shop().test_request_context("/p/1"),
        pytest.raises(RuntimeError, match="SERVER_NAME"),
    ):
        create_blog("Ada").url_for("post", number=1)
