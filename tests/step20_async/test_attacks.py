"""The dangers of step 20: a blocked loop, a lost context, and code nobody awaits."""

import asyncio
import threading

import pytest
from step20_async import App, abort, g, render_template_string, request

from costrel.testing.threads import join

HELD_UP = 20  # seconds: how long Eve can hold up a loop that is everybody's
PATIENCE = 60  # seconds, for a machine that has other things to do


@pytest.fixture
def app():
    app = App("wren")
    app.testing = True
    return app


def wait_for(event, thread):
    """Wait for what a thread will do, unless it has ended."""
    while not event.wait(0.05):
        assert thread.is_alive() or event.is_set(), "the thread has failed"


@pytest.mark.attack
def test_view_that_blocks_holds_up_nobody_else(app):
    began, goes_on = threading.Event(), threading.Event()

    @app.route("/report")
    async def report():
        began.set()
        # no `await`: whoever needs this thread waits as well
        return "free" if goes_on.wait(HELD_UP) else "blocked"

    @app.route("/")
    async def index():
        goes_on.set()
        return "Hello"

    texts = []
    eve = threading.Thread(
        target=lambda: texts.append(app.test_client().get("/report").text)
    )
    eve.start()
    wait_for(began, eve)
    app.test_client().get("/")
    join(eve)

    assert texts == ["free"], "the attack worked: everyone waited for Eve's report"


@pytest.mark.attack
def test_bob_does_not_read_ann_s_draft(app):
    bob_waits, ann_is_done = threading.Event(), threading.Event()

    @app.post("/drafts")
    async def write():
        g.draft = request.form["draft"]
        if g.draft == "Bob's":
            bob_waits.set()
            await asyncio.to_thread(ann_is_done.wait, PATIENCE)
        return g.draft

    def send(draft):
        response = app.test_client().post("/drafts", data={"draft": draft})
        texts.append(response.text)

    texts = []
    bob = threading.Thread(target=send, args=["Bob's"])
    bob.start()
    wait_for(bob_waits, bob)
    send("Ann's")
    ann_is_done.set()
    join(bob)

    assert texts == ["Ann's", "Bob's"], "the attack worked: Bob reads Ann's draft"


@pytest.mark.attack
def test_two_visits_do_not_empty_the_pool(app):
    pool = ["brass", "steel"]

    @app.route("/ring")
    def ring():
        if not pool:
            abort(503)
        g.bell = pool.pop()
        return g.bell

    @app.teardown_request
    async def put_back(error):
        if hasattr(g, "bell"):
            pool.append(g.bell)

    visits = [app.test_client().get("/ring").status_code for _ in range(3)]

    assert visits == [200] * 3, "the attack worked: nobody can ring a bell anymore"


@pytest.mark.attack
# where the attack works, nobody awaits the answer
@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited")
@pytest.mark.differs("Flask takes it for true, whoever asks", safer=True)
def test_async_check_in_a_template_lets_nobody_in(app):
    async def is_admin():
        return request.args.get("name") == "Ada"

    @app.route("/")
    def index():
        return render_template_string("{% if is_admin() %}the keys{% endif %}")

    try:
        app.template_global()(is_admin)
    except TypeError:
        # the developer hears of it before any visitor does
        return

    text = app.test_client().get("/?name=Eve").text

    assert text == "", "the attack worked: Eve has the keys"
