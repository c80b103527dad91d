"""The live step of a chapter, as a reader meets it: run, edited, broken, attacked."""

import json
import re
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

sys.path.insert(0, str(Path(__file__).parent))
import firefox

sys.path.pop(0)

pytestmark = pytest.mark.usefixtures("in_browser")

# a machine that does other things as well
PATIENCE = 60_000
FORGET = "localStorage.clear()"
FRAME = ".live__answer iframe"
# the frame has been as high as it is for so many milliseconds
STILL = """selector => {
  const height = document.querySelector(selector).offsetHeight;
  if (window.kept?.height !== height) window.kept = { height, since: Date.now() };
  return Date.now() - window.kept.since > 400;
}"""
# a WSGI app that answers every request with a page
APP = """
PAGE = {page!r}

def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/html")])
    return [PAGE.encode()]
"""


class Live:
    """The live step of an open page."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.frame = page.frame_locator(FRAME)
        # what is visited first
        self.first = "/"
        page.on("dialog", lambda dialog: dialog.accept())

    def as_ever(self) -> "Live":
        """Undo what was edited, and what was sent."""
        for name in ("clear", "reset"):
            if self.part(name).is_visible():
                self.press(name)
        self.open(self.opens)
        return self.send(self.first)

    @property
    def changed(self) -> list[str]:
        """Name the files that are not as the book has them."""
        return list(self.part("changed").get_by_role("button").all_inner_texts())

    @property
    def opens(self) -> str:
        """Name the app's file, which comes first."""
        return self.part("file").locator("option").first.get_attribute("value")

    def open(self, name: str) -> "Live":
        self.part("file").select_option(name)
        return self

    def start(self) -> "Live":
        """Press the button, and wait for the answer."""
        self.page.locator(".live__start").click()
        self.page.locator(".live__run").wait_for(timeout=PATIENCE)
        return self.wait()

    def part(self, name: str) -> Any:
        return self.page.locator(f".live__{name}")

    @property
    def status(self) -> str:
        return self.part("status").inner_text()

    @property
    def exchange(self) -> str:
        return self.page.locator(".live__views .live__exchange").inner_text()

    @property
    def answer(self) -> str:
        return self.frame.locator("body").inner_text()

    def wait(self) -> "Live":
        """Wait until Python is done: what it is at ends with an ellipsis."""
        self.page.wait_for_function(
            "!document.querySelector('.live__status').textContent.endsWith('…')",
            timeout=PATIENCE,
        )
        return self

    def wait_to_hear(self, text: str) -> None:
        """Wait until the status says something."""
        self.page.locator(".live__status", has_text=text).wait_for(timeout=PATIENCE)

    def asked(self, name: str) -> str:
        """Return the text in a field of the address bar."""
        return self.part("address").locator(f"[name={name}]").input_value()

    def wait_for(self, text: str) -> None:
        """Wait until the page in the frame says something."""
        self.frame.locator("body", has_text=text).wait_for(timeout=PATIENCE)

    def wait_to_grow(self, beyond: int = 120) -> None:
        """Wait until the frame is as high as its page: a click meanwhile is lost."""
        self.page.wait_for_function(
            "([frame, height]) => document.querySelector(frame).offsetHeight > height",
            arg=[FRAME, beyond],
            timeout=PATIENCE,
        )

    def click(self, target: Any) -> None:
        """Click in the frame once it has kept its height: a click before is lost."""
        self.page.evaluate("delete window.kept")
        self.page.wait_for_function(STILL, arg=FRAME, timeout=PATIENCE)
        target.click()

    def click_until(self, target: Any, text: str) -> None:
        """Click in the frame until the exchange has some text, three times at most.

        The frame may be laid out anew between Chromium's aim and its click, which
        then goes beside: a visitor would click again.
        """
        from playwright.sync_api import TimeoutError as LateError

        for _ in range(2):
            self.click(target)
            try:
                self.page.wait_for_function(HAS, arg=text, timeout=PATIENCE / 4)
            except LateError:
                continue
            return
        self.click(target)
        self.page.wait_for_function(HAS, arg=text, timeout=PATIENCE)

    def press(self, name: str) -> "Live":
        # a step may have several attacks
        self.part(name).first.click()
        return self.wait()

    def write(self, text: str) -> "Live":
        """Write a file anew, the one that is open."""
        self.page.locator(".cm-content").click()
        self.page.keyboard.press("Control+a")
        self.page.keyboard.insert_text(text)
        return self

    def append(self, text: str) -> "Live":
        """Write something at the end of the file that is open."""
        self.page.locator(".cm-content").click()
        self.page.keyboard.press("Control+End")
        self.page.keyboard.insert_text(text)
        return self

    def serve(self, page: str) -> "Live":
        """Let the app answer with a page, whatever it is asked."""
        return self.write(APP.format(page=page)).press("run")

    def send(self, path: str, method: str = "GET", body: str = "", headers: str = ""):
        """Send a request from the address bar."""
        form = self.part("address")
        if body or headers:
            if form.locator("details:not([open])").count():
                form.locator("summary").click()
            form.locator("[name=headers]").fill(headers)
            form.locator("[name=body]").fill(body)
        form.locator("[name=method]").select_option(method)
        form.locator("[name=path]").fill(path)
        form.locator("button").click()
        return self.wait()


@pytest.fixture(scope="module")
def context(browser) -> Iterator[Any]:
    """One reader, whose browser keeps what it has loaded."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    yield context
    context.close()


class Away:
    """Another server, which nothing of a live step may ask."""

    def __init__(self, address: str) -> None:
        self.allowed = (address, "data:", "blob:", "about:")
        self.url = ""
        self.hits: list[str] = []
        self.strangers: list[str] = []

    def see(self, request: Any) -> None:
        """Note a request to elsewhere, unless the page's policy has stopped it."""
        is_stopped = request.failure in ("csp", "net::ERR_BLOCKED_BY_CSP")
        if not request.url.startswith(self.allowed) and not is_stopped:
            self.strangers.append(f"{request.url} {request.failure}")


@pytest.fixture(scope="module")
def away(address, context) -> Iterator[Away]:
    found = Away(address)

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            found.hits.append(self.path)
            self.send_response(200)
            self.send_header("Access-Control-Allow-Origin", "*")
            self.end_headers()

        do_GET = do_POST = do_OPTIONS = answer  # noqa: N815

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    found.url = f"http://127.0.0.1:{server.server_port}"
    context.on("requestfinished", found.see)
    context.on("requestfailed", found.see)
    yield found
    server.shutdown()
    server.server_close()


@pytest.fixture(autouse=True)
def nobody_else(away) -> Iterator[None]:
    """No request leaves this machine, nor goes to another server on it."""
    urlopen(f"{away.url}/control").close()
    assert away.hits == ["/control"]
    away.hits.clear()
    yield
    assert away.hits == []
    assert away.strangers == []


@pytest.fixture
def opened(context, address) -> Iterator[Any]:
    """Open a chapter anew; nobody has edited its step."""
    pages = []

    def open_it(slug: str) -> Live:
        pages.append(context.new_page())
        pages[-1].goto(f"{address}/{slug}.html")
        return Live(pages[-1])

    yield open_it
    for page in pages:
        page.evaluate(FORGET)
        page.close()


@pytest.fixture(scope="module")
def kept(context, address) -> Any:
    """Return a function that opens the running step of a chapter."""
    found: dict[str, Live] = {}

    def start(slug: str) -> Live:
        if slug not in found:
            page = context.new_page()
            page.goto(f"{address}/{slug}.html")
            found[slug] = Live(page).start()
            found[slug].first = found[slug].asked("path")
        return found[slug].as_ever()

    return start


# --- each step


# step -> the last answer to the first visit, and what the page in the frame says
VISITS = {
    "01-wsgi": ("200 OK", "bicycle bell"),
    "02-wrappers": ("200 OK", "bicycle bell"),
    "03-routing": ("200 OK", "The wren"),
    "04-errors": ("400 BAD REQUEST", "That isn't an email address."),
    "05-testing": ("200 OK", "bicycle bell"),
    "06-server": ("200 OK", "bicycle bell"),
    "07-contexts": ("200 OK", "bicycle bell"),
    "08-urls": ("200 OK", "Grüezi"),
    "09-hooks": ("200 OK", "bell rings every"),
    "10-config": ("200 OK", "bicycle bell"),
    "11-templating": ("200 OK", "bicycle bell"),
    "12-static": ("200 OK", "color-scheme"),
    "13-sessions": ("200 OK", "On the list: 1."),
    "14-json": ("200 OK", "Tell me first"),
    "15-uploads": ("200 OK", "wren.ogg"),
    "22-forms": ("400 BAD REQUEST", "Invalid email address."),
    "23-accounts": ("200 OK", "Make an account"),
}


@pytest.mark.parametrize("slug", VISITS)
def test_each_step_answers_its_first_visit(opened, slug):
    step = opened(slug).start()

    status, words = VISITS[slug]
    assert step.status.endswith(f": {status}")
    assert f"HTTP/1.1 {status}" in step.exchange
    step.wait_for(words)
    assert step.part("way").text_content().strip()
    assert step.part("errors").is_hidden()


# --- running and editing


def test_nothing_is_loaded_before_the_reader_asks(opened, context):
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))

    step = opened("03-routing")
    step.page.wait_for_load_state("load")
    step.page.wait_for_timeout(300)
    before = [url for url in asked if "/live/" in url or "/pyodide/" in url]
    step.start()

    assert [url.rpartition("/")[2] for url in before] == ["loader.js"]
    assert [url for url in asked if "/live/" in url and "/pyodide/" not in url]


def test_an_edit_is_run_survives_a_reload_and_is_reset(opened):
    step = opened("01-wsgi").start()
    assert step.part("reset").is_hidden()

    step.serve("<h1>Mine</h1>")
    step.wait_for("Mine")
    step.page.reload()
    step.start()

    step.wait_for("Mine")
    assert "demo.py" in step.part("changed").inner_text()
    step.press("reset")
    step.wait_for("bicycle bell")
    assert step.changed == []
    assert not step.page.evaluate("Object.keys(localStorage).join()").count("live:")


def test_the_framework_is_edited_as_well(kept):
    step = kept("03-routing")

    step.open("routing.py")
    step.write("raise RuntimeError('broken on purpose')").press("run")

    assert "RuntimeError: broken on purpose (routing.py, line 1)" in step.status


ECHO = """
def app(environ, start_response):
    body = environ["wsgi.input"].read()
    lines = [environ["REQUEST_METHOD"], environ["PATH_INFO"], environ["QUERY_STRING"],
             environ.get("HTTP_X_BELL", ""), body.decode()]
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [" | ".join(lines).encode()]
"""


def test_the_address_bar_sends_method_headers_and_body(kept):
    step = kept("01-wsgi")

    step.write(ECHO).press("run")
    step.send("/oslo?x=1", "PUT", "a\nb", "X-Bell: brass\nX-Other: 2")

    step.wait_for("PUT | /oslo | x=1 | brass | a b")
    assert "PUT /oslo?x=1 HTTP/1.1" in step.exchange
    assert "X-Other: 2" in step.exchange


def test_each_redirect_is_shown(opened):
    step = opened("08-urls").start()

    assert "GET /language?code=de HTTP/1.1" in step.exchange
    assert "HTTP/1.1 302 FOUND" in step.exchange
    assert "Redirected to" in step.exchange
    assert "GET / HTTP/1.1" in step.exchange
    assert "HTTP/1.1 200 OK" in step.exchange


def test_run_and_send_both_send_what_the_address_bar_says(opened):
    step = opened("13-sessions").start()

    for press in (step.part("run"), step.part("address").locator("button")):
        press.click()
        step.wait_to_hear("POST /guests led to GET /guests: 200 OK")
        # a redirect leads to another page, and changes nothing of it
        assert (step.asked("method"), step.asked("path")) == ("POST", "/guests")
        assert "POST /guests HTTP/1.1" in step.exchange
        assert step.part("page").inner_text() == "The page at /guests"
    step.send("/songs/").press("run")
    assert "POST" not in step.exchange
    assert "GET /songs/ HTTP/1.1" in step.exchange


def test_a_line_that_is_no_header_is_told(opened):
    step = opened("01-wsgi").start().send("/", headers="X-Bell: brass\nno colon here")

    assert '"no colon here" is no header' in step.status
    assert "brass" not in step.exchange


def test_a_part_that_cannot_be_loaded_is_told_and_tried_again(opened, context):
    missing = "**/pyodide.asm.wasm"
    context.route(missing, lambda route: route.fulfill(status=404))
    step = opened("01-wsgi").start()

    assert "pyodide.asm.wasm can't be loaded: 404." in step.status
    context.unroute(missing)
    step.press("run")

    assert step.status == "GET /: 200 OK"


# a script that never ends, in the page that the app sends
BUSY = "<h1>Busy</h1><script>setTimeout(() => { for (;;); }, 200)</script>"


def test_a_page_that_is_busy_for_ever_gives_way_to_the_next(opened):
    step = opened("01-wsgi").start().serve(BUSY)
    step.wait_for("Busy")
    step.page.wait_for_timeout(500)

    step.press("reset")

    step.wait_for("bicycle bell")


def test_a_page_that_asks_without_end_does_not_keep_the_reader_out(opened):
    ask = "{live: 'visit', request: {method: 'GET', path: '/x'}}"
    asking = f"for (let n = 0; n < 3000; n++) parent.postMessage({ask}, '*')"
    flood = f"<script>{asking}</script>"
    step = opened("01-wsgi").start()
    step.write(APP.format(page=flood))
    step.part("run").click()
    step.page.wait_for_timeout(1500)

    step.part("reset").click()

    # the app of the book has no such page
    step.wait_for("Not Found")


def test_control_and_enter_run(kept):
    step = kept("01-wsgi").write(APP.format(page="<h1>Quick</h1>"))

    step.page.keyboard.press("Control+Enter")
    step.wait()

    step.wait_for("Quick")
    assert step.part("editor").inner_text().count("\n\n\n\n") == 0


# --- editing several files


def test_an_edited_file_is_opened_again(kept):
    step = kept("03-routing")

    step.open("routing.py").write("# one\n").open("app.py").write("# two\n")
    step.open("routing.py")
    assert "# one" in step.part("editor").inner_text()
    assert step.part("file").input_value() == "routing.py"

    step.part("changed").get_by_role("button", name="app.py").click()
    assert "# two" in step.part("editor").inner_text()
    assert step.part("file").input_value() == "app.py"


def test_send_after_an_edit_runs_the_edit(kept):
    step = kept("01-wsgi").write(APP.format(page="<h1>Edited</h1>"))
    assert "You changed the code" in step.status

    step.send("/")

    step.wait_for("Edited")


# a WSGI app whose import takes a while
SLOW = """
from time import monotonic

end = monotonic() + 3
while monotonic() < end:
    pass
"""


def test_an_edit_while_the_app_starts_is_run_by_the_next_request(kept):
    step = kept("01-wsgi").write(SLOW + APP.format(page="<h1>First</h1>"))
    box = step.page.locator("#live")

    step.part("run").click()
    step.page.wait_for_function(
        "document.querySelector('#live').dataset.state === 'starting'"
    )
    step.write(APP.format(page="<h1>Second</h1>"))
    step.wait_for("First")
    assert box.get_attribute("data-state") == "outdated"

    step.wait().send("/")

    step.wait_for("Second")
    assert box.get_attribute("data-state") == "running"


def test_reset_file_leaves_the_other_edits_and_can_be_undone(kept):
    step = kept("03-routing")
    step.open("routing.py").append("# one").open("demo.py").append("# two")

    step.press("reset")
    assert step.changed == ["routing.py"]

    step.page.locator(".cm-content").click()
    step.page.keyboard.press("Control+z")
    step.page.keyboard.press("Control+End")
    assert "# two" in step.part("editor").inner_text()


def test_all_edits_are_dropped_only_after_a_question(opened):
    step = opened("03-routing").start()
    step.open("routing.py").write("# one\n").open("demo.py").write("# two\n")

    step.page.evaluate("window.confirm = (text) => { window.asked = text; }")
    step.part("clear").click()
    asked = step.page.evaluate("window.asked")
    kept = step.changed
    step.page.evaluate("window.confirm = () => true")
    step.press("clear")

    assert "routing.py, demo.py" in asked
    assert kept == ["routing.py", "demo.py"]
    assert step.changed == []
    assert step.status == "GET /songs/2: 200 OK"


def test_the_editor_opens_where_the_step_is_new(opened):
    step = opened("15-uploads").start()
    line = step.page.locator(".cm-activeLine").inner_text()
    assert line == "SETTINGS = {"
    top = "line => line.getBoundingClientRect().top"
    distance = step.page.locator(".cm-activeLine").evaluate(top)
    assert 0 < distance - step.part("editor").evaluate(top) < 120

    step.open("app.py")
    assert (
        not step.page.locator(".cm-activeLine")
        .inner_text()
        .startswith(('"""', "import"))
    )


def test_every_file_is_in_one_list(kept):
    step = kept("15-uploads")

    names = (
        step.part("file").locator("option").evaluate_all("all => all.map(o => o.value)")
    )

    assert {"demo.py", "templates/index.html", "static/wren.css", "app.py"} <= set(
        names
    )
    assert step.page.locator(".live__file optgroup").count() == 2


# --- waiting, and not waiting any longer


def test_loading_is_shown_and_can_be_stopped(opened, context):
    wasm = "**/pyodide.asm.wasm"
    held: list[Any] = []
    context.route(wasm, lambda route: held.append(route))
    step = opened("01-wsgi")
    step.page.locator(".live__start").click()
    step.page.wait_for_function(
        "0 < document.querySelector('.live__loading')?.value", timeout=PATIENCE
    )
    step.part("stop").wait_for(timeout=PATIENCE)

    assert step.part("loading").is_visible()
    assert step.part("loading").evaluate("bar => bar.value") < 0.9
    step.part("stop").click()
    step.wait_to_hear("Stopped.")
    assert step.part("loading").is_hidden()

    context.unroute(wasm)
    step.press("run")
    assert step.status == "GET /: 200 OK"
    assert step.part("stop").is_disabled()


def test_a_loop_is_stopped_by_the_reader(kept):
    step = kept("01-wsgi").write("while True: pass\n")

    step.part("run").click()
    step.page.wait_for_timeout(300)
    step.part("stop").click()
    step.wait_to_hear("Stopped.")

    assert step.page.evaluate("document.activeElement.className") == "live__run"
    step.press("reset")
    assert step.status == "GET /: 200 OK"


def test_a_template_s_syntax_error_is_marked(kept):
    step = kept("11-templating").open("templates/index.html")

    step.write("<p>one</p>\n{{ greeting( }}\n").send("/")

    assert step.page.locator(".cm-wrong").inner_text() == "{{ greeting( }}"
    assert "TemplateSyntaxError" in step.part("log").inner_text()


def test_an_error_elsewhere_than_in_the_open_file_opens_its_own(kept):
    step = kept("11-templating").open("templates/index.html")

    step.write("<p>one</p>\n{{ nobody.knows }}\n").open("app.py").send("/")

    assert step.part("file").input_value() == "templates/index.html"
    assert step.page.locator(".cm-wrong").inner_text() == "{{ nobody.knows }}"


# --- much to send, little to show


RECORDING = "[name=recording]"


def test_a_large_upload_is_sent_and_not_shown(opened, tmp_path):
    step = opened("15-uploads").start()
    song = tmp_path / "robin.ogg"
    song.write_bytes(bytes(range(256)) * 4 * 4096)

    step.wait_to_grow()
    step.frame.locator(RECORDING).set_input_files(song)
    step.click(step.frame.get_by_role("button", name="Send it"))
    step.wait_for("robin.ogg")

    # a text area with megabytes in it is what a page freezes for
    assert step.asked("body") == ""
    told = step.part("kept").text_content()
    assert re.match(r"\(4,19\d,\d{3} bytes; what you type is sent instead\)", told), (
        told
    )
    assert len(step.exchange) < 12_000
    # Run sends it again
    step.press("run")
    assert "303 SEE OTHER" in step.exchange
    # and what is typed takes its place
    step.send("/recordings", "POST", "typed", "Content-Type: text/plain")
    assert step.part("kept").text_content() == ""
    assert "Content-Length: 5\n" in step.exchange


def test_an_upload_that_is_too_large_is_told(opened, tmp_path):
    step = opened("15-uploads").start()
    song = tmp_path / "robin.ogg"
    song.write_bytes(bytes(33_000_000))
    before = step.exchange

    step.wait_to_grow()
    step.frame.locator(RECORDING).set_input_files(song)
    step.click(step.frame.get_by_role("button", name="Send it"))

    step.wait_to_hear("The form has 33,000,000 bytes, and the live step sends at most")
    assert step.exchange == before


def test_the_frame_is_as_small_as_its_page(kept):
    step = kept("01-wsgi").serve("<div style='height: 900px'>Tall</div>")
    step.wait_to_grow(beyond=400)

    step.serve("<p>Short</p>")

    step.page.wait_for_function(
        "frame => document.querySelector(frame).offsetHeight < 200",
        arg=FRAME,
        timeout=PATIENCE,
    )


# --- on a telephone, without scripts, from a disk


def test_a_telephone_has_room_for_it_and_does_not_zoom(browser, address):
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )
    page = context.new_page()
    page.goto(f"{address}/15-uploads.html")
    Live(page).start()
    page.locator(".live__address summary").click()

    height = page.locator(".live").evaluate("box => box.offsetHeight")
    fields = page.locator(".live :is(input, select, textarea, .cm-content)")
    sizes = fields.evaluate_all(
        "all => all.map(e => parseFloat(getComputedStyle(e).fontSize))"
    )
    wide = page.evaluate("document.scrollingElement.scrollWidth")
    context.close()

    # with a button for each attack
    assert height < 1600
    assert len(sizes) >= 6
    assert min(sizes) >= 16, sizes
    assert wide == 390


def test_without_scripts_there_is_a_sentence_and_no_button(browser, address):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/03-routing.html")

    shown = page.locator(".live").inner_text()
    buttons = page.locator(".live button:visible").count()
    context.close()

    assert buttons == 0
    assert "costrel run 3" in shown


def test_a_page_from_a_disk_says_why_nothing_runs(browser, folder):
    page = browser.new_page()
    page.goto((folder / "01-wsgi.html").as_uri())

    page.locator(".live__start").click()

    said = page.locator(".live__status").inner_text()
    page.close()
    assert "opened as a file" in said


# --- the page in the frame


def test_links_and_cookies_work_in_the_frame(opened):
    step = opened("13-sessions").start()

    flags = step.part("cookies").inner_text()
    assert "session=" in flags
    assert "HttpOnly" in flags
    step.wait_to_grow(beyond=400)
    step.click(step.frame.get_by_role("link", name="Wren", exact=True))
    step.wait_for("We write to a@wren.example.")
    assert step.asked("method") == "GET"
    assert step.asked("path") == "/"
    # style sheets and pictures are the app's
    assert step.frame.locator("img").evaluate("image => image.naturalWidth") > 0
    colour = "body => getComputedStyle(body).backgroundColor"
    assert step.frame.locator("body").evaluate(colour) == "rgb(250, 246, 239)"


def test_the_frame_has_its_height_before_it_is_seen(opened):
    step = opened("13-sessions")
    # wherever the page is scrolled to
    step.page.add_style_tag(content=".live__answer { margin-top: 200vh }")
    step.start()

    step.wait_to_grow(beyond=400)
    below = "frame => frame.getBoundingClientRect().top > innerHeight"
    assert step.page.locator(FRAME).evaluate(below)


FORM = """
<form action="/there" method="post">
  <input name="bird" value="a wren"><button>Send</button>
</form>
<form action="/found"><input name="q" value="1 2"><button>Find</button></form>
"""


def test_forms_are_sent_from_the_frame(kept):
    step = kept("01-wsgi").serve(FORM)

    find, send = (step.frame.get_by_role("button", name=n) for n in ("Find", "Send"))
    step.click_until(find, "GET /found?q=1+2 HTTP/1.1")
    step.click_until(send, "POST /there HTTP/1.1")

    assert "Content-Type: application/x-www-form-urlencoded\n" in step.exchange
    assert "\nbird=a+wren\n" in step.exchange
    assert step.asked("body") == "bird=a+wren"


# `exchange` has some text
HAS = """text =>
    document.querySelector(".live__views .live__exchange").innerText.includes(text)
"""


def test_a_script_of_the_page_asks_the_app(opened):
    step = opened("14-json").start()

    step.wait_to_grow()
    step.frame.locator("[name=email]").fill("b@wren.example")
    step.click(step.frame.get_by_role("button", name="Tell me first"))

    step.wait_for("You are number 1 on the list.")
    assert "POST /guests HTTP/1.1" in step.exchange
    assert "HTTP/1.1 201 CREATED" in step.exchange


OLDER = """<p id="said">nothing</p><script>
const request = new XMLHttpRequest();
request.open("POST", "/older");
request.setRequestHeader("X-Bell", "brass");
request.onload = () => {
  said.textContent = `${request.status} ${request.getResponseHeader("content-type")}`;
};
request.send("a=1");
</script>"""


def test_an_older_script_of_the_page_asks_the_app(kept):
    step = kept("01-wsgi").serve(OLDER)

    step.wait_for("200 text/html")

    assert "POST /older HTTP/1.1" in step.exchange
    assert "x-bell: brass" in step.exchange.lower()


def test_a_file_is_uploaded_and_a_stream_is_counted(opened):
    step = opened("15-uploads").start()
    song = {"name": "robin.ogg", "mimeType": "audio/ogg", "buffer": b"OggS\x00\xff\x80"}

    step.wait_to_grow()
    step.frame.locator("[name=recording]").set_input_files(song)
    step.click(step.frame.get_by_role("button", name="Send it"))
    step.wait_for("robin.ogg")
    before = re.findall(r"Content-Length: (\d+)", step.exchange)[0]
    # Run sends the file again, as it was
    step.press("run")
    assert re.findall(r"Content-Length: (\d+)", step.exchange)[0] == before
    step.send("/songs.csv")

    assert "The body came in 4 pieces." in step.exchange
    step.wait_for("3,blackbird")


# --- what goes wrong


def test_a_traceback_leads_to_the_reader_s_line(kept):
    step = kept("03-routing")
    source = step.page.evaluate("fetch('live/03-routing.json').then(a => a.json())")
    demo = (
        source["files"]["demo.py"]
        + '\n\n@app.route("/broken")\ndef broken(request):\n    return 1 / 0\n'
    )

    step.write(demo).press("run")
    step.send("/broken")

    last = demo.count("\n")
    assert "HTTP/1.1 500" in step.exchange
    assert "ZeroDivisionError: division by zero" in step.part("log").inner_text()
    step.page.get_by_role("button", name=f"demo.py, line {last}").click()
    assert step.page.locator(".cm-wrong").inner_text().strip() == "return 1 / 0"


def test_a_syntax_error_is_shown_at_its_line(kept):
    step = kept("01-wsgi")

    step.write("a = 1\nb = = 2\n").press("run")

    assert step.status.startswith("SyntaxError: ")
    assert step.status.endswith("(demo.py, line 2)")
    assert step.page.locator(".cm-wrong").inner_text() == "b = = 2"


def test_a_loop_without_an_end_is_stopped(kept):
    step = kept("01-wsgi")

    step.write("while True: pass\n").press("run")
    assert "no answer within 8 seconds" in step.status
    assert step.part("old").is_visible()
    # Python starts anew meanwhile, and says nothing of it
    step.page.wait_for_timeout(3000)
    assert "no answer within 8 seconds" in step.status

    step.press("reset")
    assert step.part("old").is_hidden()
    assert step.status == "GET /: 200 OK"


def test_memory_that_runs_out_is_told(kept):
    step = kept("01-wsgi")

    step.write("bells = []\nwhile True: bells.append(bytearray(2**26))\n").press("run")
    assert "memory" in step.status

    step.press("reset")
    assert step.status == "GET /: 200 OK"


# --- the path, and the attack


def test_the_path_leads_to_the_chapter(kept, address):
    step = kept("03-routing")

    step.page.get_by_text("The path of the request").click()
    names = step.part("way").locator("code").all_inner_texts()
    links = step.part("way").locator("a")
    places = set(links.evaluate_all("links => links.map(a => a.getAttribute('href'))"))

    assert names[0] == "App.__call__"
    assert "song" in names
    assert places
    for place in places:
        page, _, anchor = place.partition("#")
        text = urlopen(f"{address}/{page}").read().decode()
        assert f'id="{anchor}"' in text, place


def test_each_attack_works_on_the_naive_version_alone(kept):
    step = kept("03-routing")
    dangers = step.part("danger")
    assert dangers.count() == 2

    for danger in dangers.all():
        danger.evaluate("each => { each.open = true }")
        danger.locator(".live__attack").click()
        # it comes after what the page in the frame still asks for
        danger.locator(".live__verdict").last.wait_for(timeout=PATIENCE)

        verdicts = danger.locator(".live__verdict").all_inner_texts()
        assert [verdict.rpartition(": ")[2] for verdict in verdicts] == [
            "the attack worked",
            "the attack failed",
        ]
        texts = danger.locator(".live__verdict + p").all_inner_texts()
        assert len(set(filter(None, texts))) == 2


def test_an_attack_that_a_browser_can_t_make_says_where_it_can_be_made(kept):
    step = kept("07-contexts")

    text = step.part("danger").text_content()

    assert step.part("attack").count() == 0
    assert "Python in a browser has no threads." in text
    assert "python3 book.py attack 7" in text


# --- what may not happen


HOSTILE = """<meta http-equiv="refresh" content="1; url=AWAY/refresh">
<link rel="preconnect" href="AWAY"><link rel="stylesheet" href="AWAY/style">
<link rel="prefetch" href="AWAY/prefetch">
<img src="AWAY/picture"><script src="AWAY/script"></script>
<a href="AWAY/link">a link</a> <button id="leave">leave</button>
<form action="AWAY/form" method="post"><button>a form</button></form>
<p id="host"><template shadowrootmode="open"><b>hidden</b></template></p>
<iframe src="AWAY/frame"></iframe><pre id="said"></pre>
<script>
const found = {};
const attempt = async (name, work) => {
  try { found[name] = String(await work()); } catch (error) { found[name] = "refused"; }
  said.textContent = JSON.stringify(found);
};
const inner = `<script>
  const say = (text) => { document.title = text };
  try { say(parent.parent.document.title) } catch { say("refused") }
  fetch("AWAY/inner").catch(() => {});
  const form = document.createElement("form");
  form.action = "AWAY/inner-form"; form.method = "post";
  document.body.append(form); form.submit();
  location = "AWAY/inner-place";
</scr` + `ipt>`;
(async () => {
  await attempt("parent", () => parent.document.title);
  await attempt("top", () => top.document.title);
  await attempt("storage", () => localStorage.length);
  await attempt("database", () => indexedDB.open("x"));
  await attempt("cookie", () => document.cookie);
  await attempt("leave", () => { top.location = "AWAY/top"; return "gone"; });
  await attempt("open", () => window.open("AWAY/open").name);
  await attempt("fetch", () => fetch("AWAY/fetch"));
  await attempt("book", () => fetch(document.referrer || "BOOK/index.html"));
  await attempt("socket", () => new Promise((yes, no) => {
    const socket = new WebSocket("AWAY/socket".replace("http", "ws"));
    socket.onopen = yes; socket.onerror = no;
  }));
  await attempt("call", () => new RTCPeerConnection());
  const host = document.getElementById("host");
  await attempt("shadow", () => host.shadowRoot.mode);
  await attempt("attached", () => host.attachShadow({ mode: "open" }));
  navigator.sendBeacon?.("AWAY/beacon");
  const frame = Object.assign(document.createElement("iframe"), { srcdoc: inner });
  document.body.append(frame);
  const ahead = { rel: "preconnect", href: "AWAY" };
  document.head.append(Object.assign(document.createElement("link"), ahead));
  document.querySelector("form").requestSubmit();
  document.getElementById("leave").onclick = () => { location = "AWAY/place"; };
  await attempt("end", () => "reached");
})();
</script>"""


def test_a_hostile_page_reaches_nothing(kept, away, address, context):
    step = kept("01-wsgi")
    pages = context.pages
    title = step.page.title()
    # a refused document leaves nothing that could be asked
    page = HOSTILE.replace("AWAY", away.url).replace("BOOK", address)

    step.serve(page)
    step.wait_for('"end":"reached"')
    said = json.loads(step.frame.locator("#said").inner_text())
    step.click(step.frame.get_by_text("a link"))
    step.page.wait_for_timeout(1500)
    step.click(step.frame.locator("#leave"))
    step.page.wait_for_timeout(500)

    assert said.pop("end") == "reached"
    assert set(said.values()) == {"refused"}, said
    assert step.page.title() == title
    assert context.pages == pages
    # and the step goes on
    step.press("reset")
    step.wait_for("bicycle bell")


CALLING = '''
import js
from pyodide.http import open_url
from pyodide.code import run_js

tries = {
    "request": lambda: open_url("AWAY/request").read(),
    "script": lambda: run_js("importScripts('AWAY/script')"),
}
found = {}
for name, work in tries.items():
    try:
        found[name] = str(work())
    except BaseException as error:
        found[name] = "refused"
run_js("fetch('AWAY/fetch').catch(() => {}); import('AWAY/import').catch(() => {})")
run_js("""
  try {
    const free = new Worker("BOOK/live/page/worker.js", { type: "module" });
    free.onmessage = () => (globalThis.escaped = true);
    free.postMessage({ id: 1, kind: "run" });
  } catch {}
""")
run_js("new WebSocket('AWAY/socket'.replace('http', 'ws'))")

def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [repr([found, hasattr(js, "escaped")]).encode()]
'''


def test_python_calls_no_other_server(kept, away, address):
    step = kept("01-wsgi")

    step.write(CALLING.replace("AWAY", away.url).replace("BOOK", address)).press("run")
    step.page.wait_for_timeout(1500)
    step.send("/")

    step.wait_for("[{'request': 'refused', 'script': 'refused'}, False]")


WRITING = """
MARK = "<img src=x onerror='document.title=1'>"

def app(environ, start_response):
    print(MARK)
    start_response("200 " + MARK, [("Content-Type", "text/plain"), ("X-Mark", MARK),
        ("Set-Cookie", "mark=" + MARK)])
    raise ValueError(MARK)
"""


def test_what_an_app_says_is_text_on_the_book_s_page(kept):
    step = kept("01-wsgi")

    step.write(WRITING).press("run")
    step.send("/<img src=x onerror='document.title=1'>")

    assert step.page.locator(".live__views img, .live details img").count() == 0
    assert "<img" in step.part("log").inner_text()


# --- with eyes, with a keyboard, by ear


ACTIVE = "`${document.activeElement.className} ${document.activeElement.name}`"


def test_the_keyboard_reaches_everything_and_leaves_the_editor(opened):
    step = opened("11-templating").start()
    page = step.page
    reached = []

    step.part("file").focus()
    for _ in range(60):
        reached.append(page.evaluate(ACTIVE))
        page.keyboard.press("Tab")

    found = " ".join(reached)
    for name in (
        "live__file",
        "cm-content",
        "live__run",
        "method",
        "path",
        "live__exchange",
        "live__attack",
    ):
        assert name in found, reached
    # and further on in the chapter
    assert not page.evaluate("document.activeElement.closest('.live')")


def test_keys_in_the_editor_are_not_the_theme_s(kept):
    step = kept("01-wsgi")
    place = step.page.url

    step.page.locator(".cm-content").click()
    step.page.keyboard.type("nps/f")
    step.page.wait_for_timeout(300)

    assert step.page.url == place
    assert "nps/f" in step.part("editor").inner_text()


UNFOLD = (
    "document.querySelectorAll('.live details').forEach(each => (each.open = true))"
)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_barrier(browser, address, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    page = browser.new_page(viewport={"width": 390, "height": 800}, color_scheme=scheme)
    page.goto(f"{address}/13-sessions.html")
    step = Live(page).start()
    step.write("broken = 1 / 0\n").press("run")
    page.evaluate(UNFOLD)
    step.press("attack")
    page.evaluate(UNFOLD)

    found = axe.run(page, ".live").response["violations"]

    wide = page.evaluate("document.scrollingElement.scrollWidth")
    page.close()
    told = [
        f"{violation['id']}: {node['html'][:200]} ({node['failureSummary']})"
        for violation in found
        for node in violation["nodes"]
    ]
    assert told == []
    assert wide == 390


# --- in Firefox


@pytest.fixture
def window(firefox_path, tmp_path) -> Iterator[firefox.Firefox]:
    with firefox.running(firefox_path, tmp_path) as window:
        yield window


SAYS = "document.querySelector('.live__status').textContent"
PRESS = "document.querySelector('.live__start').click()"


def test_firefox_shows_a_step_and_keeps_a_page_in(window, address, away):
    page = HOSTILE.replace("AWAY", away.url).replace("BOOK", address)
    edits = json.dumps(json.dumps({"demo.py": APP.format(page=page)}))

    window.go(f"{address}/13-sessions.html")
    window.run(PRESS)
    window.wait_for(f"{SAYS} === 'POST /guests led to GET /guests: 200 OK'")
    window.enter(FRAME, "document.images[0]?.naturalWidth > 0")
    window.run("[...document.links].find(link => link.text === 'Songs').click()")
    window.leave()
    window.wait_for(f"{SAYS} === 'GET /songs/: 200 OK'")

    window.go(f"{address}/01-wsgi.html")
    window.run(f"localStorage.setItem('live:step01_wsgi', {edits})")
    window.run(PRESS)
    window.wait_for("document.querySelector('.live__exchange')?.textContent")
    window.enter(
        FRAME, "document.getElementById('said')?.textContent.includes('reached')"
    )
    said = json.loads(window.run("said.textContent"))
    window.run("document.getElementById('leave').click()")
    window.leave()

    assert said.pop("end") == "reached"
    assert set(said.values()) == {"refused"}, said
    assert window.run("document.title").startswith("WSGI: a web")
