"""What the extension `requestids` promises: each request is told from all others."""

import json
import logging
from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from threading import Barrier, Thread

import pytest
from step19_extensions import (
    App,
    copy_current_request_context,
    render_template_string,
)
from step19_extensions.extensions.requestids import (
    JSONLines,
    RequestIDs,
    WithRequestID,
    request_id,
)

from costrel.testing.threads import join, meet

HEADER = "X-Request-ID"


@pytest.fixture
def app():
    app = App("requestids.test")
    RequestIDs(app)
    app.add_url_rule("/", "index", request_id)
    yield app
    logging.getLogger(app.import_name).setLevel(logging.NOTSET)


@pytest.fixture
def lines(app):
    """Return a function that reads what the app has logged, line by line."""
    text, logger = StringIO(), logging.getLogger(app.import_name)
    handler = logging.StreamHandler(text)
    handler.addFilter(WithRequestID())
    handler.setFormatter(JSONLines())
    logger.addHandler(handler)
    yield lambda: [json.loads(line) for line in text.getvalue().splitlines()]
    logger.removeHandler(handler)


def test_each_response_has_the_id_of_its_request(app):
    client = app.test_client()

    answers = [client.get("/") for _ in range(2)]

    ids = [answer.headers[HEADER] for answer in answers]
    assert ids == [answer.text for answer in answers]
    assert len(set(ids)) == 2
    assert all(len(each) == 32 for each in ids)


@pytest.mark.parametrize("path", ["/none", "/broken"])
def test_error_pages_have_an_id_too(app, path):
    app.add_url_rule("/broken", "broken", lambda: 1 / 0)

    answer = app.test_client().get(path)

    assert len(answer.headers[HEADER]) == 32


@pytest.mark.parametrize("given", ["a", "7f3e-wren_1.2", "x" * 64])
def test_id_that_came_with_the_request_is_kept(app, given):
    answer = app.test_client().get("/", headers={HEADER: given})

    assert answer.text == answer.headers[HEADER] == given


@pytest.mark.parametrize(
    "given",
    [
        "",
        "x" * 65,
        "two words",
        'a", "level": "DEBUG',
        "a\r\nSet-Cookie: a=b",
        "a\n",
        "\x1b[31mred",
        "<script>",
        "../../etc",
        "zürich",
        "\u0661",
        "a,b",
    ],
)
def test_id_that_could_forge_a_line_is_replaced(app, given):
    tunnel = given.encode().decode("latin-1")

    answer = app.test_client().get("/", environ_overrides={"HTTP_X_REQUEST_ID": tunnel})

    assert answer.status_code == 200
    assert answer.text == answer.headers[HEADER] != given
    assert len(answer.text) == 32


def test_client_may_be_denied_the_choice(app):
    app.config["REQUEST_ID_FROM_CLIENT"] = False

    answer = app.test_client().get("/", headers={HEADER: "abc"})

    assert answer.text != "abc"


def test_header_is_a_setting(app):
    app.config["REQUEST_ID_HEADER"] = "X-Correlation-ID"

    answer = app.test_client().get("/", headers={"X-Correlation-ID": "abc"})

    assert answer.headers["X-Correlation-ID"] == "abc"
    assert HEADER not in answer.headers


def test_template_may_show_the_id(app):
    page = "{{ request_id() }}"
    app.add_url_rule("/page", "page", lambda: render_template_string(page))

    assert app.test_client().get("/page", headers={HEADER: "abc"}).text == "abc"


# --- log lines


def test_line_in_the_log_has_the_id_of_its_request(app, lines):
    @app.get("/song")
    def song():
        app.logger.warning("out of tune")
        return ""

    app.test_client().get("/song", headers={HEADER: "abc"})

    (line,) = lines()
    assert (line["message"], line["request_id"]) == ("out of tune", "abc")
    assert (line["level"], line["logger"]) == ("WARNING", app.import_name)
    assert line["time"].endswith("+00:00")


def test_message_is_one_line_whatever_is_in_it(app, lines, monkeypatch):
    # what pytest keeps of the log is sent between processes, as UTF-8
    monkeypatch.setattr(app.logger, "propagate", False)
    forged = '\n{"level": "DEBUG", "message": "all is well"}\r\u2028\x1b[2K\ud800'

    app.logger.warning("no such song: %s", forged)

    (line,) = lines()
    assert line["message"] == f"no such song: {forged}"
    assert line["level"] == "WARNING"


def test_unhandled_error_is_one_line_with_its_traceback(app, lines):
    app.add_url_rule("/broken", "broken", lambda: 1 / 0)

    answer = app.test_client().get("/broken")

    (line,) = lines()
    assert line["request_id"] == answer.headers[HEADER]
    assert "ZeroDivisionError" in line["error"]


def test_each_answer_is_logged_at_info(app, lines):
    app.logger.setLevel(logging.INFO)

    app.test_client().post("/none%0A", headers={HEADER: "abc"})

    (line,) = lines()
    assert line["message"] == "answered"
    assert (line["method"], line["path"], line["status"]) == ("POST", "/none\n", 404)
    assert line["request_id"] == "abc"


def test_line_outside_of_a_request_has_no_id(app, lines):
    app.logger.warning("outside")
    with app.app_context():
        app.logger.warning("in an app")

    assert [line["request_id"] for line in lines()] == ["-", "-"]


def test_app_without_ids_may_share_a_handler(lines):
    other = App("requestids.test")
    other.add_url_rule("/", "index", lambda: other.logger.warning("x") or "")

    assert other.test_client().get("/").status_code == 200
    assert [line["request_id"] for line in lines()] == ["-"]


def test_lines_are_of_json_if_nothing_else_is_configured(monkeypatch):
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    apps, errors = [App("requestids.bare") for _ in range(2)], StringIO()
    for app in apps:
        RequestIDs(app)
    apps[0].add_url_rule("/", "index", lambda: apps[1].logger.warning("ding") or "")

    apps[0].test_client().get("/", headers={HEADER: "abc"}, errors_stream=errors)
    logging.getLogger("requestids.bare").handlers.clear()

    # once, though two apps have the same logger
    (line,) = map(json.loads, errors.getvalue().splitlines())
    assert (line["message"], line["request_id"]) == ("ding", "abc")


def test_logging_that_is_configured_stays_as_it_is(app):
    assert logging.getLogger(app.import_name).handlers == []


# --- several apps, several threads


def test_one_extension_gives_two_apps_ids_of_their_own():
    ids, apps = RequestIDs(), {name: App(name) for name in ("bakery", "clinic")}
    for name, app in apps.items():
        ids.init_app(app, make_id=lambda name=name: f"{name}-1")
        app.add_url_rule("/", "index", request_id)
    bakery, clinic = apps.values()
    clinic.config["REQUEST_ID_HEADER"] = "X-Clinic"

    @bakery.get("/ask")
    def ask():
        inner = clinic.test_client().get("/")
        return f"{request_id()} {inner.headers['X-Clinic']} {request_id()}"

    answer = bakery.test_client().get("/ask")

    assert answer.text == "bakery-1 clinic-1 bakery-1"
    assert "X-Clinic" not in answer.headers


def test_app_without_the_extension_is_named():
    app = App("requestids.without")

    with app.test_request_context(), pytest.raises(RuntimeError, match="init_app"):
        request_id()


def test_extension_is_set_up_once_for_each_app(app):
    with pytest.raises(RuntimeError, match="call init_app once"):
        RequestIDs(app)


def test_thread_that_a_view_starts_has_the_same_id(app):
    @app.get("/thread")
    def thread():
        seen = []
        copied = copy_current_request_context(lambda: seen.append(request_id()))
        worker = Thread(target=copied)
        worker.start()
        join(worker)
        return f"{seen[0]} {request_id()}"

    first, second = app.test_client().get("/thread").text.split()

    assert first == second


def test_requests_at_the_same_time_have_different_ids(app):
    barrier = Barrier(4)

    @app.get("/wait")
    def wait():
        before = request_id()
        meet(barrier)
        return f"{before} {request_id()}"

    with ThreadPoolExecutor(4) as pool:
        calls = [pool.submit(app.test_client().get, "/wait") for _ in range(4)]
        pairs = [call.result().text.split() for call in calls]

    assert all(before == after for before, after in pairs)
    assert len({before for before, _ in pairs}) == 4
