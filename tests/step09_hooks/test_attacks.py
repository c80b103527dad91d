"""The danger of step 9: what a request holds on to when its view fails."""

from queue import Empty, SimpleQueue
from threading import Thread
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from step09_hooks import App, abort, g
from werkzeug.serving import make_server

from costrel.testing.threads import join

CONNECTIONS = 5


def shop():
    """Make a site with a pool of connections; one of its pages fails."""
    app = App("shop")
    app.logger.disabled = True
    pool = SimpleQueue()
    for number in range(CONNECTIONS):
        pool.put(f"connection {number}")

    @app.before_request
    def connect():
        try:
            g.connection = pool.get(timeout=0.02)
        except Empty:
            abort(503, "No connection to the database.")

    @app.teardown_request
    def disconnect(error):
        connection = g.pop("connection", None)
        if connection:
            pool.put(connection)

    @app.route("/")
    def index():
        return f"Songs, by {g.connection}"

    @app.route("/songs/<int:number>")
    def song(number):
        return ["wren", "robin"][number]

    return app


def status_of(url):
    """Visit a page as a stranger does, and return its status."""
    try:
        with urlopen(url, timeout=10) as response:
            return response.status
    except HTTPError as error:
        error.close()
        return error.code


@pytest.fixture
def site():
    server = make_server("127.0.0.1", 0, shop(), threaded=True)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    join(thread)
    server.server_close()


@pytest.mark.attack
def test_failing_page_does_not_use_up_the_pool(site):
    assert status_of(f"{site}/") == 200, "the site is down before the attack"

    failures = [status_of(f"{site}/songs/99") for _ in range(CONNECTIONS)]

    assert failures == [500] * CONNECTIONS
    after = status_of(f"{site}/")
    assert after == 200, (
        f"the attack worked: {CONNECTIONS} visits to a page that fails, and the"
        f" front page answers {after}"
    )
