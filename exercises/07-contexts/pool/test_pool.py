"""The exercise `pool`: threads that know for whom they work."""

from threading import Event

import pytest
from exercise import RequestPool
from step07_contexts import App, g, has_app_context, request

PATIENCE = 5  # seconds


@pytest.fixture
def app():
    return App(__name__)


@pytest.fixture
def pool():
    """Return a pool of one thread, so that jobs follow each other in it."""
    with RequestPool(1) as pool:
        yield pool


def visitor(*arguments, **options):
    return request.args["visitor"]


def test_job_sees_the_request(app, pool):
    with app.test_request_context("/?visitor=ada"):
        job = pool.submit(visitor)

    assert job.result(PATIENCE) == "ada"


def test_jobs_in_one_thread_see_their_own_requests(app, pool):
    jobs = []
    for name in ["ada", "eve", "ida"]:
        with app.test_request_context(f"/?visitor={name}"):
            jobs.append(pool.submit(visitor))

    assert [job.result(PATIENCE) for job in jobs] == ["ada", "eve", "ida"]


def test_job_that_waits_sees_the_request_that_is_over(app, pool):
    begin = Event()
    pool.submit(begin.wait, PATIENCE)
    with app.test_request_context("/?visitor=ada"):
        job = pool.submit(visitor)
    begin.set()

    assert job.result(PATIENCE) == "ada"


def test_job_from_outside_sees_no_request(app, pool):
    with app.test_request_context("/?visitor=ada"):
        pool.submit(visitor).result(PATIENCE)

    assert pool.submit(has_app_context).result(PATIENCE) is False


def test_job_that_fails_leaves_no_request_behind(app, pool):
    with app.test_request_context("/"):
        failed = pool.submit(visitor)

    with pytest.raises(KeyError):
        failed.result(PATIENCE)
    assert pool.submit(has_app_context).result(PATIENCE) is False


def test_map_sees_the_request(app):
    with RequestPool(4) as pool, app.test_request_context("/?visitor=ada"):
        results = list(pool.map(visitor, range(20), timeout=PATIENCE))

    assert results == ["ada"] * 20


def test_arguments_and_results_pass(app, pool):
    with app.test_request_context("/"):
        job = pool.submit(lambda *args, **options: (args, options), 1, 2, three=3)

    assert job.result(PATIENCE) == ((1, 2), {"three": 3})


def test_argument_may_have_any_name(app, pool):
    with app.test_request_context("/"):
        job = pool.submit(lambda **options: options, fn=1, function=2)

    assert job.result(PATIENCE) == {"fn": 1, "function": 2}


def test_each_job_has_a_g_of_its_own(app, pool):
    def count():
        g.count = g.get("count", 0) + 1
        return g.count

    with app.test_request_context("/"):
        g.count = 10
        jobs = [pool.submit(count) for _ in range(2)]

    assert [job.result(PATIENCE) for job in jobs] == [1, 1]
