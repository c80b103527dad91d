"""What a browser makes of the headers of step 21: with sites of Eve's beside ours.

Each danger is tried on the naive version, or on an app without the extension, too:
there it works, in today's browser.
"""

import threading
from contextlib import ExitStack, contextmanager
from importlib.util import module_from_spec, spec_from_file_location

import pytest
import step21_hardening
from step21_hardening.security import Hardening
from werkzeug.serving import WSGIRequestHandler, make_server

from costrel.core.ladder import find_root
from costrel.testing.threads import join

# browsers find this machine under any such name; ours and a neighbor of ours
HOME, NEIGHBOR, EVIL = "wren.localhost", "eve.wren.localhost", "evil.localhost"


class Quiet(WSGIRequestHandler):
    """Answers without writing a line about it."""

    def log(self, *arguments):
        pass


def naive_step():
    path = find_root() / "tests" / "step21_hardening" / "naive.py"
    spec = spec_from_file_location("naive_hardening", path)
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def make_app(package, hardened=True, **options):
    """Make an app with a page, which the chapter's attacks are tried on."""
    app = package.App(__name__)
    app.secret_key = "a key that nobody else knows"
    app.config["TRUSTED_HOSTS"] = [".localhost", "localhost", "127.0.0.1"]
    if hardened:
        package.security.Hardening(app, **options)
    return app


@pytest.fixture
def serve():
    """Serve apps until the test ends; return the port of each."""
    with ExitStack() as stack:
        yield lambda app: stack.enter_context(served(app))


@contextmanager
def served(app):
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        join(thread)
        server.server_close()


def page_app(html):
    """Make an app of Eve's, with one page."""
    app = step21_hardening.App("evil")
    app.add_url_rule("/", "index", lambda: f"<!doctype html>{html}")
    return app


@pytest.fixture
def page(browser):
    context = browser.new_context()
    yield context.new_page()
    context.close()


@pytest.fixture(params=["naive", "hardened"])
def package(request):
    """The naive version, then the step's: `worked` says what each is to show."""
    module = naive_step() if request.param == "naive" else step21_hardening
    module.works = request.param == "naive"
    return module


# --- framing


@pytest.mark.parametrize("host", [EVIL, NEIGHBOR])
def test_page_of_another_site_frames_ours(page, serve, package, host):
    app = make_app(package)
    app.add_url_rule("/", "index", lambda: "<button>Sign up</button>")
    home = serve(app)
    evil = serve(page_app(f"<iframe src='http://{HOME}:{home}/'></iframe>"))

    page.goto(f"http://{host}:{evil}/")
    frame = page.frames[1]
    shown = frame.locator("button").count()

    assert bool(shown) == package.works
    assert frame.url.startswith("http://" if package.works else "chrome-error://")


def test_view_with_an_exception_is_framed(page, serve):
    app = make_app(step21_hardening, hardened=False)
    hardening = Hardening(app)
    policy = {"frame-ancestors": "http://evil.localhost:*"}
    view = hardening(content_security_policy=policy)(lambda: "<button>Ring</button>")
    app.add_url_rule("/", "index", view)
    home = serve(app)
    html = f"<iframe src='http://{HOME}:{home}/'></iframe>"
    port = serve(page_app(html))

    counts = []
    for host in (EVIL, NEIGHBOR):
        page.goto(f"http://{host}:{port}/")
        counts.append(page.frames[1].locator("button").count())

    assert counts == [1, 0]


# --- scripts

OWN = "<script nonce='{{ csp_nonce() }}'>window.own = true</script>"
INJECTED = {
    "script": "<script>window.ran = true</script>",
    "handler": "<img src=x onerror='window.ran = true'>",
    "link": "<a href='javascript:window.ran = true'>ring</a>",
    "old nonce": "<script nonce='{nonce}'>window.ran = true</script>",
    "frame": '<iframe srcdoc="<script>top.ran = true</script>"></iframe>',
    "data": "<script src='data:text/javascript,window.ran=true'></script>",
}


@pytest.fixture
def book(serve):
    """Serve a page with what a visitor wrote, and a script of its own."""

    def open_book(package, **options):
        written = [""]
        app = make_app(package, **options)
        render = package.render_template_string
        source = "<!doctype html>{{ name|safe }}" + OWN
        app.add_url_rule("/", "index", lambda: render(source, name=written[0]))
        return written, f"http://{HOME}:{serve(app)}/"

    return open_book


def visit(page, url):
    """Open a page, and follow the link in it; what ran may take a moment to be seen."""
    page.goto(url)
    if page.locator("a").count():
        page.click("a")


def ran(page):
    """Return whether the page's own script ran, and whether the other did."""
    return page.evaluate("[Boolean(window.own), Boolean(window.ran)]")


def is_complaint(message):
    return "Content Security Policy" in message.text


@pytest.mark.parametrize("kind", INJECTED)
def test_injected_script_does_not_run_and_our_own_does(page, book, kind):
    written, url = book(step21_hardening)
    page.goto(url)
    nonce = page.evaluate("document.querySelector('script').nonce")
    written[0] = INJECTED[kind].format(nonce=nonce)

    with page.expect_console_message(is_complaint):
        visit(page, url)

    assert ran(page) == [True, False]


@pytest.mark.parametrize("kind", INJECTED)
def test_injected_script_runs_without_a_policy(page, book, kind):
    written, url = book(step21_hardening, content_security_policy=None)
    written[0] = INJECTED[kind].format(nonce="any")

    visit(page, url)
    page.wait_for_function("window.ran")

    assert ran(page) == [True, True]


def test_injected_script_has_the_naive_version_s_nonce(page, book):
    written, url = book(naive_step())
    page.goto(url)
    nonce = page.evaluate("document.querySelector('script').nonce")
    written[0] = INJECTED["old nonce"].format(nonce=nonce)

    visit(page, url)

    assert ran(page) == [True, True]


def test_injected_tag_can_not_swallow_the_nonce_of_the_next(page, book):
    written, url = book(step21_hardening)
    # without an end, so that `<script nonce=…` becomes an attribute of it: browsers
    # find that strange enough to ignore the nonce (CSP3, section 6.7.2.2)
    written[0] = "<script src='data:text/javascript,window.ran=true' "

    with page.expect_console_message(is_complaint):
        visit(page, url)

    assert ran(page) == [False, False]


def test_injected_refresh_leads_the_visitor_away_in_spite_of_the_policy(
    page, book, serve
):
    written, url = book(step21_hardening)
    evil = f"http://{EVIL}:{serve(page_app('evil'))}/"
    written[0] = f"<meta http-equiv=refresh content='0;url={evil}'>"

    page.goto(url)
    page.wait_for_url(evil)

    assert page.inner_text("body") == "evil"


def test_injected_base_leads_our_scripts_away(page, serve, package):
    app = make_app(package)
    stolen = step21_hardening.App("evil")
    stolen.add_url_rule(
        "/ring.js", "ring", lambda: ("ran = 1", {"Content-Type": "text/javascript"})
    )
    evil = serve(stolen)
    source = (
        f"<base href='http://{EVIL}:{evil}/'>"
        "<script src='ring.js' nonce='{{ csp_nonce() }}'></script>"
    )
    app.add_url_rule("/", "index", lambda: package.render_template_string(source))
    app.add_url_rule(
        "/ring.js", "ring", lambda: ("own = 1", {"Content-Type": "text/javascript"})
    )

    page.goto(f"http://{HOME}:{serve(app)}/")

    assert page.evaluate("'ran' in window") == package.works


def test_policy_that_is_tried_out_lets_it_run_and_reports_it(page, serve):
    reports = []
    app = make_app(
        step21_hardening,
        content_security_policy_report_only=True,
        content_security_policy_report_uri="/reports",
    )
    app.add_url_rule("/", "index", lambda: INJECTED["script"])

    @app.post("/reports")
    def report():
        data = step21_hardening.request.get_json(force=True)
        reports.append(data["csp-report"]["effective-directive"])
        return "", 204

    url = f"http://{HOME}:{serve(app)}"
    with page.expect_request(f"{url}/reports") as sent:
        page.goto(url)
    sent.value.response()

    assert page.evaluate("window.ran")
    assert reports == ["script-src-elem"]


# --- what a browser keeps


@pytest.mark.parametrize("hardened", [False, True])
def test_page_that_is_fetched_again_still_runs_its_script(page, serve, hardened):
    app = make_app(step21_hardening)

    @app.get("/")
    def index():
        policy = {}
        nonce = step21_hardening.security.csp_nonce()
        if not hardened:
            # what an app without the extension's care for caches sends
            policy["Content-Security-Policy"] = f"script-src 'nonce-{nonce}'"
        text = f"<!doctype html><script nonce={nonce}>window.own = true</script>"
        response = step21_hardening.make_response(text, policy)
        response.set_etag("tag")
        response.make_conditional(step21_hardening.request)
        statuses.append(response.status_code)
        return response

    statuses = []
    url = f"http://{HOME}:{serve(app)}/"
    if not hardened:
        # without the middleware
        app.wsgi_app = app.wsgi_app.wsgi_app
    found = []
    for _ in range(2):
        page.goto(url)
        found.append(page.evaluate("Boolean(window.own)"))

    assert found == [True, hardened]
    assert statuses == [200, 200 if hardened else 304]


# --- uploads


@pytest.mark.parametrize("hardened", [False, True])
def test_text_of_a_visitor_is_not_taken_for_a_script(page, serve, hardened):
    app = make_app(step21_hardening, hardened=hardened)
    fields = {"Content-Type": "text/plain"}
    app.add_url_rule("/upload", "upload", lambda: ("window.ran = true", fields))
    # the policy allows scripts of our own site, and this one is there
    app.add_url_rule("/", "index", lambda: "<script src=/upload></script>")

    page.goto(f"http://{HOME}:{serve(app)}/")

    assert page.evaluate("Boolean(window.ran)") != hardened


# --- cookies


def session_app(package):
    app = make_app(package)
    session = package.session

    @app.get("/in/<name>")
    def enter(name):
        session["name"] = name
        return "in"

    app.add_url_rule("/", "index", lambda: session.get("name", "nobody"))
    return app


def test_neighbor_tosses_a_cookie(page, serve, package):
    app = session_app(package)
    home = f"http://{HOME}:{serve(app)}"
    eve = app.test_client()
    cookie = eve.get("/in/Eve", base_url="http://localhost").headers["Set-Cookie"]
    pair = cookie.partition(";")[0]
    toss = step21_hardening.App("evil")

    @toss.get("/")
    def index():
        plain = pair.removeprefix("__Host-")
        wide = f"Domain={HOME}; Path=/"
        names = [plain, f"{pair}; Secure", f"={pair}", f"\x85{pair}", f"\u2000{pair}"]
        strange = [f"{name}; {wide}".encode().decode("latin-1") for name in names]
        return "", {"Set-Cookie": strange}

    page.goto(f"http://{NEIGHBOR}:{serve(toss)}/")
    page.goto(home)

    assert page.inner_text("body") == ("Eve" if package.works else "nobody")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", HOME])
def test_cookie_for_https_works_on_this_machine(page, serve, host):
    home = f"http://{host}:{serve(session_app(step21_hardening))}"

    page.goto(f"{home}/in/Ada")
    page.goto(home)

    (cookie,) = page.context.cookies()
    assert page.inner_text("body") == "Ada"
    assert (cookie["name"], cookie["secure"]) == ("__Host-session", True)


# --- what other sites load


@pytest.mark.parametrize(
    ("host", "is_strict_cookie_sent"), [(NEIGHBOR, True), (HOME, True), (EVIL, False)]
)
@pytest.mark.parametrize("hardened", [False, True])
def test_page_elsewhere_loads_what_the_visitor_may_see(
    page, serve, host, is_strict_cookie_sent, hardened
):
    app = make_app(step21_hardening, hardened=hardened)
    seen = []

    @app.get("/in")
    def enter():
        return "in", {"Set-Cookie": "strict=1; SameSite=Strict; Path=/"}

    @app.get("/guests.js")
    def guests():
        seen.append("strict" in step21_hardening.request.cookies)
        return "window.guests = ['ada']", {"Content-Type": "text/javascript"}

    home = f"http://{HOME}:{serve(app)}"
    # another port of the same host is another origin, too
    evil = serve(page_app(f"<script src='{home}/guests.js'></script>"))
    page.goto(f"{home}/in")
    page.goto(f"http://{host}:{evil}/")

    assert seen == ([] if hardened else [is_strict_cookie_sent])
    assert page.evaluate("'guests' in window") != hardened


def test_link_from_another_site_is_followed(page, serve):
    app = make_app(step21_hardening)
    app.add_url_rule("/", "index", lambda: "Welcome.")
    home = f"http://{HOME}:{serve(app)}/"
    page.goto(f"http://{EVIL}:{serve(page_app(f'<a href={home}>Wren</a>'))}/")

    page.click("a")
    page.wait_for_url(home)

    assert page.inner_text("body") == "Welcome."


def test_own_form_says_where_it_is_from(page, serve):
    origins = []
    app = make_app(step21_hardening)

    @app.route("/", methods=["GET", "POST"])
    def index():
        if step21_hardening.request.method == "POST":
            origins.append(step21_hardening.request.headers.get("Origin"))
        return "<form method=post><button>Sign up</button></form>"

    home = f"http://{HOME}:{serve(app)}"
    page.goto(home)
    with page.expect_navigation():
        page.click("button")

    assert origins == [home]


# --- the demo


def test_demo_works_under_its_own_policy(page, serve, tmp_path, monkeypatch):
    from step21_hardening import demo

    elsewhere = demo.App("elsewhere", instance_path=str(tmp_path))
    demo.guests.init_app(elsewhere)
    for name, state in elsewhere.extensions.items():
        monkeypatch.setitem(demo.app.extensions, name, state)
    home = f"http://127.0.0.1:{serve(demo.app)}"
    complaints = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    for path in [
        "/",
        "/guests",
        "/songs/",
        "/songs/2",
        "/recordings",
        "/bells",
        "/oslo",
    ]:
        page.goto(home + path)
    page.goto(home)
    page.fill("[name=email]", "ada@bell.example")
    page.click("button")
    page.get_by_text("You are number 1 on the list.").wait_for()

    assert complaints == []
