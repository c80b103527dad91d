"""The exercise `recorder`: what was asked, and what was answered."""

from threading import Barrier, Thread

import pytest
import step09_hooks
from exercise import recorded
from step09_hooks import App, g, redirect

from costrel.testing.threads import join

SIGNALS = [
    "appcontext_pushed",
    "request_started",
    "request_finished",
    "got_request_exception",
    "request_tearing_down",
    "appcontext_tearing_down",
    "appcontext_popped",
]


@pytest.fixture
def app():
    app = App("recorded")
    app.logger.disabled = True
    app.route("/")(lambda: "front")
    app.add_url_rule("/old", "old", lambda: redirect("/"))
    app.add_url_rule("/broken", "broken", lambda: {}["bell"])
    app.add_url_rule("/g", "g", lambda: ",".join(sorted(vars(g))))
    return app


def short(records):
    return [(r.method, r.path, r.status) for r in records]


def test_requests_are_recorded_in_order(app):
    client = app.test_client()

    with recorded(app) as records:
        client.get("/")
        client.post("/nowhere")

    assert short(records) == [("GET", "/", 200), ("POST", "/nowhere", 404)]
    assert [r.error for r in records] == [None, None]


def test_redirect_is_followed(app):
    with recorded(app) as records:
        app.test_client().get("/old", follow_redirects=True)

    assert short(records) == [("GET", "/old", 302), ("GET", "/", 200)]


def test_error_is_recorded_with_the_page_for_it(app):
    with recorded(app) as records:
        app.test_client().get("/broken")

    [record] = records
    assert (record.status, type(record.error)) == (500, KeyError)


def test_error_that_reached_the_test_left_no_status(app):
    app.testing = True

    with recorded(app) as records, pytest.raises(KeyError) as raised:
        app.test_client().get("/broken")

    [record] = records
    assert (record.status, record.error) == (None, raised.value)


def test_status_is_that_of_the_changed_response(app):
    @app.after_request
    def teapot(response):
        response.status_code = 418
        return response

    with recorded(app) as records:
        app.test_client().get("/")

    assert short(records) == [("GET", "/", 418)]


def test_answer_of_a_hook_is_recorded(app):
    app.before_request(lambda: ("closed", 503))

    with recorded(app) as records:
        app.test_client().get("/")

    assert short(records) == [("GET", "/", 503)]


def test_kept_context_makes_no_second_record(app):
    with recorded(app) as records, app.test_client() as client:
        client.get("/")
        client.get("/nowhere")

    assert short(records) == [("GET", "/", 200), ("GET", "/nowhere", 404)]


def test_context_without_a_visitor_is_no_request(app):
    with recorded(app) as records:
        with app.app_context():
            pass
        with app.test_request_context("/"):
            pass

    assert records == []


def test_other_apps_are_not_recorded(app):
    with recorded(app) as records:
        App("other").test_client().get("/")

    assert records == []


def test_recorders_do_not_disturb_each_other(app):
    client = app.test_client()

    with recorded(app) as outer:
        client.get("/")
        with recorded(app) as inner:
            client.get("/nowhere")
        client.get("/broken")

    assert short(inner) == [("GET", "/nowhere", 404)]
    assert [status for *_, status in short(outer)] == [200, 404, 500]


def test_requests_at_the_same_time_are_not_mixed_up(app):
    barrier = Barrier(2)

    @app.route("/wait/<int:status>")
    def wait(status):
        barrier.wait(timeout=5)
        return "", status

    with recorded(app) as records:
        threads = [
            Thread(target=app.test_client().get, args=[f"/wait/{status}"])
            for status in (201, 202)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            join(thread)

    assert {(r.path, r.status) for r in records} == {
        ("/wait/201", 201),
        ("/wait/202", 202),
    }


def test_nothing_is_left_in_g(app):
    with recorded(app):
        assert app.test_client().get("/g").text == ""


def test_no_hook_is_added(app):
    with recorded(app):
        hooks = [
            *app.before_request_funcs,
            *app.after_request_funcs,
            *app.teardown_request_funcs,
            *app.teardown_appcontext_funcs,
        ]

    assert hooks == []


def test_nothing_stays_connected(app):
    def connected():
        return [len(getattr(step09_hooks, name).receivers) for name in SIGNALS]

    before = connected()

    with pytest.raises(ZeroDivisionError), recorded(app):
        raise ZeroDivisionError

    assert connected() == before


def test_request_after_the_block_is_not_recorded(app):
    with recorded(app) as records:
        pass
    app.test_client().get("/")

    assert records == []
