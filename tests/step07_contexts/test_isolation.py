"""What step 7 promises in a crowd: each visitor keeps their own request."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from time import sleep

import gevent
import pytest
import step07_contexts as contextvar
from werkzeug.test import create_environ

VISITORS = 500
ENVIRON = create_environ("/")


def load_variant(name):
    path = Path(__file__).parent / "variants" / f"{name}.py"
    spec = spec_from_file_location(f"variant_{name}", path)
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


explicit, threadlocal = load_variant("explicit"), load_variant("threadlocal")


def environ_of(visitor):
    return {**ENVIRON, "QUERY_STRING": f"visitor={visitor}"}


def app_that_waits(variant, wait):
    """Return an app that names its visitor before and after a wait."""
    app = variant.App("waits")

    def names(request):
        before = request.args["visitor"]
        wait()
        return variant.Response(f"{before} {request.args['visitor']}")

    app.route("/")(names if variant is explicit else lambda: names(variant.request))
    return app


def visit(app, visitor):
    """Return whether the page that a visitor gets is their own."""
    body = app(environ_of(visitor), lambda status, headers, exc_info=None: None)
    return b"".join(body).decode() == f"{visitor} {visitor}"


def threads(variant):
    app = app_that_waits(variant, lambda: sleep(0.0001))
    with ThreadPoolExecutor(32) as pool:
        return list(pool.map(partial(visit, app), range(VISITORS)))


def greenlets(variant):
    app = app_that_waits(variant, lambda: gevent.sleep(0))
    jobs = [gevent.spawn(visit, app, visitor) for visitor in range(VISITORS)]
    gevent.joinall(jobs, raise_error=True)
    return [job.value for job in jobs]


@contextmanager
def at_work(variant, app, visitor):
    """Do what the app does around a view, and yield what the view calls `request`."""
    environ = environ_of(visitor)
    if variant is explicit:
        yield variant.Request(environ)
        return
    begin = app.at_work if variant is threadlocal else app.request_context
    with begin(environ):
        yield variant.request


def tasks(variant):
    app = variant.App("waits")

    async def answer(visitor):
        with at_work(variant, app, visitor) as request:
            before = request.args["visitor"]
            await asyncio.sleep(0)
            return before == request.args["visitor"] == str(visitor)

    async def answer_all():
        answers = map(answer, range(VISITORS))
        return await asyncio.gather(*answers, return_exceptions=True)

    return [answer is True for answer in asyncio.run(answer_all())]


@pytest.mark.parametrize("crowd", [threads, tasks, greenlets])
def test_each_visitor_keeps_their_own_request(crowd):
    assert all(crowd(contextvar))


@pytest.mark.optional
@pytest.mark.holds_before("a request that is handed on needs no help")
@pytest.mark.parametrize("crowd", [threads, tasks, greenlets])
def test_request_that_is_handed_on_stays_the_right_one(crowd):
    assert all(crowd(explicit))


@pytest.mark.optional
@pytest.mark.holds_before("the variant brings its own `request`")
def test_thread_local_keeps_threads_apart():
    assert all(threads(threadlocal))


@pytest.mark.optional
@pytest.mark.holds_before("the variant brings its own `request`")
@pytest.mark.parametrize("crowd", [tasks, greenlets])
def test_thread_local_mixes_up_what_shares_a_thread(crowd):
    assert not all(crowd(threadlocal))
