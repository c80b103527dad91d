"""The worker of the live step, without its page: what it answers, and whom it asks."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from argon2 import PasswordHasher

from costrel.core.ladder import Ladder, find_root
from costrel.live import step_data

pytestmark = pytest.mark.usefixtures("in_browser")

# seconds, on a machine that does other things as well
PATIENCE = 60
STARTED = """
async (caged) => {
  const { startWorker } = await import(new URL("/live/page/page.js", location));
  const address = new URL("/live/page/worker.js", location);
  window.worker = caged ? await startWorker() : new Worker(address, { type: "module" });
  const waiting = new Map();
  worker.onmessage = ({ data }) => waiting.get(data.id)?.(data);
  window.ask = (message) =>
    new Promise((resolve) => {
      const id = waiting.size + 1;
      waiting.set(id, resolve);
      worker.postMessage({ ...message, id });
    });
}
"""
APP = """
def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "{kind}")])
    {body}
"""


class Python:
    """A worker that runs a step."""

    def __init__(self, page: Any, caged: bool = True) -> None:
        self.page = page
        page.evaluate(STARTED, caged)

    def ask(self, kind: str, **more: Any) -> dict[str, Any]:
        return self.page.evaluate("message => ask(message)", {"kind": kind, **more})

    def load(self, number: int) -> dict[str, Any]:
        ladder = Ladder(find_root())
        step = ladder.get(number)
        return self.ask("load", data=json.loads(step_data.data(ladder, step)))

    def run(self, demo: str) -> dict[str, Any]:
        return self.ask("run", files={"demo.py": demo})

    def answer(self, body: str, kind: str = "text/plain") -> dict[str, Any]:
        """Return the answer of an app whose body is made by a line of Python."""
        assert self.run(APP.format(body=body, kind=kind))["ok"]
        return self.ask("send", request={"method": "GET", "path": "/"})


def naive_version(number: int) -> str:
    ladder = Ladder(find_root())
    return json.loads(step_data.data(ladder, ladder.get(number)))["naive"]


def started(page: Any, caged: bool = True, number: int = 1) -> Python:
    """Start a worker, and load a step."""
    page.set_default_timeout(PATIENCE * 1000)
    python = Python(page, caged)
    assert python.load(number)["ok"]
    return python


@pytest.fixture(scope="module")
def python(browser, address: str) -> Iterator[Python]:
    """A worker that all tests may use which leave it alive."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{address}/index.html")
    yield started(page)
    context.close()


@pytest.fixture
def fresh(open_page) -> Callable[..., Python]:
    """Return a worker for one test."""
    return lambda **how: started(open_page("/index.html"), **how)


def test_values_arrive_as_javascript_has_them(python: Python) -> None:
    python.answer("return [bytes(range(256))]", "image/png")

    kinds = python.page.evaluate(
        """async () => {
          const body = new Uint8Array([0, 255]);
          const request = { method: "POST", path: "/", headers: [["A", "1"]], body };
          const answer = await ask({ kind: "send", request });
          const { request: sent, response } = answer.hops[0];
          return [
            // of the frame's class
            Object.prototype.toString.call(response.body), response.body.length,
            response.text, answer.error, answer.way[0].own, sent.headers.at(-1),
          ];
        }"""
    )

    assert kinds == ["[object Uint8Array]", 256, None, None, False, ["A", "1"]]


def test_a_file_that_is_null_is_taken_away(python: Python) -> None:
    answer = python.ask("run", files={"app.py": None})

    assert answer["error"]["type"] == "ModuleNotFoundError"


def test_an_edit_may_import_what_the_step_does_not(python: Python) -> None:
    demo = "from markupsafe import escape\n" + APP

    assert python.run(demo.format(body="return []", kind="text/plain"))["ok"]


def test_an_edit_may_hash_with_argon2(python: Python) -> None:
    hashes = "from argon2 import PasswordHasher\n" + APP
    body = "return [PasswordHasher().hash('hunter2').encode()]"

    assert python.run(hashes.format(body=body, kind="text/plain"))["ok"]
    answer = python.ask("send", request={"method": "GET", "path": "/"})

    encoded = answer["hops"][0]["response"]["text"]
    assert PasswordHasher().verify(encoded, "hunter2")


def test_messages_are_answered_one_after_the_other(python: Python) -> None:
    python.run(APP.format(body="print('visited'); return []", kind="text/plain"))

    order = python.page.evaluate(
        """async () => {
          const order = [];
          const request = { path: "/" };
          await Promise.all([
            ask({ kind: "send", request }).then(() => order.push("sent")),
            ask({ kind: "reset" }).then(() => order.push("reset")),
            ask({ kind: "send", request }).then(() => order.push("sent again")),
          ]);
          return order;
        }"""
    )

    assert order == ["sent", "reset", "sent again"]


def test_the_naive_version_may_build_on_an_earlier_step(fresh) -> None:
    python = fresh(number=8)

    answer = python.ask("attack", files={})

    assert "from step07_contexts import" in naive_version(8)
    assert [answer[side]["worked"] for side in ("naive", "step")] == [True, False]


def test_memory_has_an_end_that_is_told(fresh) -> None:
    answer = fresh().answer("x = [bytes(10_000_000) for _ in range(1000)]")

    assert answer["dead"] is True
    assert answer["error"]["type"] == "MemoryError"
    assert answer["error"]["message"] == "Python has no memory left."


def test_the_end_of_python_is_told(fresh) -> None:
    answer = fresh().answer("import os; os._exit(1)")

    assert (answer["ok"], answer["dead"]) == (False, True)
    assert answer["error"]["message"].startswith("Python has ended: ")


def test_a_worker_that_is_not_there_is_told(open_page) -> None:
    page = open_page("/index.html")
    page.context.route("**/live/page/worker.js", lambda route: route.abort())

    with pytest.raises(Exception, match="Failed to fetch dynamically imported module"):
        Python(page)


# --- whom it asks

WAYS = """
const other = "127.0.0.1:{port}";
const type = "text/javascript";
const blob = (text) => URL.createObjectURL(new Blob([text], {{ type }}));
const asking = (name) => `fetch("http://${{other}}/${{name}}").catch(() => 0)`;
const ways = {{
  fetched: () => fetch(`http://${{other}}/fetched`).catch(() => 0),
  blind: () => fetch(`http://${{other}}/blind`, {{ mode: "no-cors" }}).catch(() => 0),
  old: () => {{
    const request = new XMLHttpRequest();
    request.open("GET", `http://${{other}}/old`, false);
    request.send();
  }},
  socket: () => new WebSocket(`ws://${{other}}/socket`),
  events: () => new EventSource(`http://${{other}}/events`),
  imported: () => import(`http://${{other}}/imported`).catch(() => 0),
  blobbed: () => import(blob(asking("blobbed"))).catch(() => 0),
  worker: () => new Worker(blob(asking("worker"))),
  data: () => new Worker(`data:text/javascript,${{asking("data")}}`),
}};
for (const way of Object.values(ways)) {{
  try {{ way(); }} catch {{ }}
}}
"""


@pytest.fixture
def other() -> Iterator[Any]:
    """Another server, which notes who asks."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            server.asked.add(self.path)
            self.send_response(200)
            self.send_header("Access-Control-Allow-Origin", "*")
            self.send_header("Content-Type", "text/javascript")
            self.end_headers()

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    server: Any = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.asked = set()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def try_all(python: Python, port: int) -> None:
    """Let the demo try to reach another server, as code from a stranger could."""
    script = json.dumps(WAYS.format(port=port))
    demo = f"from pyodide.code import run_js\nrun_js({script})\n"
    assert python.run(demo + APP.format(body="return []", kind=""))["ok"]
    python.page.wait_for_timeout(2000)


def test_the_code_of_a_step_reaches_no_other_server(fresh, other) -> None:
    try_all(fresh(), other.server_port)

    assert other.asked == set()


def test_without_the_cage_it_would(fresh, other) -> None:
    try_all(fresh(caged=False), other.server_port)

    assert len(other.asked) >= 7


# --- what the site keeps in the browser

# a notebook is in the first of them, and what it says is trusted when it is opened
KEEPERS = """[
  indexedDB => globalThis.indexedDB, caches => globalThis.caches,
  channel => globalThis.BroadcastChannel, worker => globalThis.Worker,
  storage => navigator.storage, buckets => navigator.storageBuckets,
  locks => navigator.locks,
].map((keeper) => typeof keeper()).join()"""


def test_the_code_of_a_step_reaches_nothing_that_the_site_keeps(fresh) -> None:
    python = fresh()
    demo = f"from pyodide.code import run_js\nfound = run_js({json.dumps(KEEPERS)})\n"

    assert python.run(demo + APP.format(body="return [found.encode()]", kind=""))["ok"]
    answer = python.ask("send", request={"method": "GET", "path": "/"})

    found = answer["hops"][0]["response"]["text"].split(",")
    # the book's own page has them all
    assert "undefined" not in python.page.evaluate(KEEPERS).split(",")
    assert set(found) == {"undefined"}
