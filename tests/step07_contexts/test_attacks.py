"""The danger of step 7: a visitor is shown what belongs to another."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier, Thread
from time import sleep
from urllib.request import Request as HTTPRequest
from urllib.request import urlopen

import pytest
from step07_contexts import App, request
from werkzeug.serving import make_server
from werkzeug.test import create_environ

from costrel.testing.threads import join

PATIENCE = 10  # seconds


@contextmanager
def serving(app):
    """Serve an app with a thread for each connection; yield its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever, args=[0.01])
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}/"
    finally:
        server.shutdown()
        join(thread)
        server.server_close()


@pytest.mark.attack
def test_two_visitors_at_once_get_their_own_account():
    app = App(__name__)
    both_are_here = Barrier(2)

    @app.route("/")
    def account():
        both_are_here.wait(PATIENCE)
        return f"the account of {request.cookies['visitor']}"

    def page_of(visitor):
        http_request = HTTPRequest(url, headers={"Cookie": f"visitor={visitor}"})
        with urlopen(http_request, timeout=PATIENCE) as response:
            return response.read().decode()

    with serving(app) as url, ThreadPoolExecutor() as pool:
        pages = dict(zip("AB", pool.map(page_of, "AB"), strict=True))

    for visitor, page in pages.items():
        expected = f"the account of {visitor}"
        assert page == expected, f"the attack worked: {visitor} was shown {page!r}"


@pytest.mark.attack
@pytest.mark.once("10,000 requests take seconds")
def test_32_threads_and_10000_visitors():
    app = App(__name__)
    environ = create_environ("/")

    def start(status, headers, exc_info=None):
        """Start an answer of which nobody reads the head."""

    @app.route("/")
    def account():
        before = request.args["visitor"]
        sleep(0)
        return f"{before} {request.args['visitor']}"

    def page_of(visitor):
        own = {**environ, "QUERY_STRING": f"visitor={visitor}"}
        return b"".join(app(own, start)).decode()

    with ThreadPoolExecutor(32) as pool:
        pages = list(pool.map(page_of, range(10_000)))

    own = [f"{visitor} {visitor}" for visitor in range(10_000)]
    wrong = sum(page != right for page, right in zip(pages, own, strict=True))
    assert not wrong, f"the attack worked: {wrong} visitors were shown another's"
