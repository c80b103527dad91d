"""What a person meets on the pages, with eyes, with a keyboard, or by ear."""

import gzip
import re
from pathlib import Path
from textwrap import dedent
from typing import NamedTuple

import pytest

from costrel.site import fences

PHONE = 360
# what the search of a page is given where it is not asked
NO_INDEX = {"config": {"lang": ["en"], "separator": " ", "pipeline": []}, "docs": []}
WIDTH = "document.scrollingElement.scrollWidth"

# one page of each kind
KINDS = {
    "front": r"/index\.html",
    "chapter": r"/\d\d-[^/]*\.html",
    "changes": r"/changes/(?!01).*",
    "code": r"/code/.*",
    "tests": r"/tests/.*",
    "interface": r"/interface/.*",
    "workshop": r"/workshop\.html",
    "notebook": r"/notebooks/.*",
    "exercises": r"/exercises/.*",
    "reference": r"/reference\.html",
    "beside Flask": r"/flask\.html",
    "a part beside Flask": r"/flask/.*",
    "safer": r"/safer\.html",
    "glossary": r"/glossary\.html",
    "versions": r"/versions\.html",
    "performance": r"/performance\.html",
    "file": r"/files/.*",
    "missing": r"/404\.html",
}


class Visit(NamedTuple):
    """What happened when a page was opened: its width, and what it asked for."""

    path: str
    width: int
    asked: list[str]


def of_kind(pages: list[str], kind: str) -> list[str]:
    found = [page for page in pages if re.fullmatch(KINDS[kind], page)]
    if not found:
        pytest.fail(f"the site has no page of the kind {kind!r}")
    return found


def newest(pages: list[str], kind: str) -> str:
    return of_kind(pages, kind)[-1]


def shortest(folder: Path, pages: list[str], kind: str) -> str:
    """Choose the page of a kind that has all that its kind has, and least of it."""
    found = of_kind(pages, kind)
    return min(found, key=lambda page: (folder / page[1:]).stat().st_size)


@pytest.fixture(scope="module")
def visits(browser, address, pages) -> list[Visit]:
    """Visit every page of the site on a phone."""
    context = browser.new_context(viewport={"width": PHONE, "height": 740})
    # each page reads the whole book for its search, which takes longer than the page
    context.route("**/search_index.json", lambda route: route.fulfill(json=NO_INDEX))
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    found = []
    for path in pages:
        asked.clear()
        page.goto(address + path, wait_until="load")
        found.append(Visit(path, page.evaluate(WIDTH), list(asked)))
    context.close()
    return found


def test_no_request_leaves_this_machine(visits, address):
    ours = (address, "data:", "blob:")

    strangers = {
        visit.path: [url for url in visit.asked if not url.startswith(ours)]
        for visit in visits
    }

    assert {path: urls for path, urls in strangers.items() if urls} == {}
    assert all(visit.asked for visit in visits)


def test_no_page_is_wider_than_a_phone(visits):
    wide = {visit.path: visit.width for visit in visits if visit.width > PHONE}

    assert wide == {}


def test_a_page_that_is_too_wide_would_be_found(open_page):
    page = open_page("/index.html", width=PHONE)

    page.evaluate("document.querySelector('h1').style.width = '500px'")

    assert page.evaluate(WIDTH) > PHONE


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("kind", KINDS)
def test_axe_finds_no_barrier(open_page, folder, pages, kind, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    page = open_page(shortest(folder, pages, kind), scheme=scheme)

    found = axe.run(page).response["violations"]

    told = [
        f"{violation['id']}: {node['html'][:200]} ({node['failureSummary']})"
        for violation in found
        for node in violation["nodes"]
    ]
    assert told == []


def test_dark_pages_are_dark_and_light_ones_light(open_page):
    def lightness(scheme: str) -> int:
        page = open_page("/index.html", scheme=scheme)
        colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
        return sum(map(int, re.findall(r"\d+", colour)[:3]))

    assert lightness("dark") < 200 < 600 < lightness("light")


def test_a_chosen_scheme_stays_on_the_next_page(open_page, address):
    page = open_page("/index.html", scheme="light")

    # from "as the system" to light, and from light to dark
    page.locator("form.md-header__option label:visible").click()
    page.locator("form.md-header__option label:visible").click()
    page.goto(f"{address}/glossary.html")

    assert page.evaluate("document.body.dataset.mdColorScheme") == "slate"


def test_search_finds_a_word_of_a_chapter(open_page):
    page = open_page("/index.html")

    page.locator(".md-search__input").click()
    page.keyboard.type("start_response", delay=20)
    result = page.locator(".md-search-result__link").first
    result.wait_for()

    assert re.search(r"/\d\d-|glossary", result.get_attribute("href"))


# what a reader types -> the page that is meant
SOUGHT = {
    "routing": "03-routing",
    "route": "03-routing",
    "sessions": "13-sessions",
    "session": "13-sessions",
    "url_for": "08-urls",
    "redirect": "08-urls",
    "request": "07-contexts",
    "g": "07-contexts",
    "cookies": "13-sessions",
    "test client": "05-testing",
    "hooks": "09-hooks",
    "config": "10-config",
    "render_template": "11-templating",
    "jinja": "11-templating",
    "static files": "12-static",
    "flash": "13-sessions",
    "JSON": "14-json",
    "upload": "15-uploads",
    "404": "04-errors",
    "what changed in step 8": "changes/08-urls",
    "the code of step 3": "code/03-routing",
    "tests of step 12": "tests/12-static",
    "exercises of step 4": "exercises/04-errors",
    "notebook of step 13": "notebooks/13-sessions",
    "safer than Flask": "safer",
    "glossary": "glossary",
}
# the theme's own worker, asked as the page asks it
ASK = """async ([script, index, queries]) => {
  const worker = new Worker(script);
  const ask = (message) => new Promise((done) => {
    worker.onmessage = ({ data }) => done(data.data);
    worker.postMessage(message);
  });
  const { config, docs } = await (await fetch(index)).json();
  await ask({ type: 0, data: { config, docs, options: { suggest: true } } });
  const found = [];
  for (const query of queries) {
    const { items } = await ask({ type: 2, data: query });
    found.push(items.slice(0, 4).map((group) => group[0].location.split("#")[0]));
  }
  worker.terminate();
  return found;
}"""


def test_search_leads_to_the_page_that_is_meant(open_page, folder):
    page = open_page("/glossary.html")
    script = next(folder.glob("assets/javascripts/workers/search.*.js"))
    where = [f"/{script.relative_to(folder).as_posix()}", "/search/search_index.json"]

    found = page.evaluate(ASK, [*where, list(SOUGHT)])

    results = dict(zip(SOUGHT, found, strict=True))
    missed = {
        query: results[query]
        for query, meant in SOUGHT.items()
        if f"{meant}.html" not in results[query]
    }
    assert missed == {}


def test_what_is_searched_weighs_little(folder, pages):
    index = (folder / "search" / "search_index.json").read_bytes()

    # it is loaded with each page
    assert len(gzip.compress(index)) < 11_000 * len(of_kind(pages, "chapter"))


def test_search_opens_on_a_phone(open_page):
    page = open_page("/index.html", width=PHONE)

    page.locator("label.md-header__button[for=__search]").click()
    page.keyboard.type("environ", delay=20)

    page.locator(".md-search-result__link").first.wait_for()


def test_first_tab_and_enter_lead_past_the_header(open_page, pages):
    page = open_page(newest(pages, "chapter"))

    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.matches('.md-skip')")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")

    assert page.evaluate(
        "document.querySelector('main').contains(document.activeElement)"
    )


def test_every_link_of_the_ladder_is_reached_by_keyboard(open_page):
    page = open_page("/index.html")
    links = page.locator(".ladder a")

    for number in range(links.count()):
        links.nth(number).focus()
        assert page.evaluate("document.activeElement.closest('.ladder') !== null")
    assert links.count() > 0


def test_long_code_moves_inside_its_block(open_page, pages):
    page = open_page(newest(pages, "chapter"), width=PHONE)

    wide = page.evaluate(
        "[...document.querySelectorAll('.highlight pre')]"
        ".filter(block => block.scrollWidth > block.clientWidth)"
        ".map(block => getComputedStyle(block).overflowX)"
    )

    assert set(wide) == {"auto"}
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE


def test_copying_a_method_leaves_out_what_is_around_it(open_page, pages):
    chapters = of_kind(pages, "chapter")
    page = open_page(chapters[0])
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    block = page.locator(".highlight:has(.faded)").first

    block.locator(".copy").click()

    copied = page.evaluate("navigator.clipboard.readText()")
    assert "    def " in copied
    assert "class App" not in copied
    assert "class App" in block.inner_text()


TYPED = """    >>> for x in y:
    ...     print(x)
    ...
    1
    >>> x"""


@pytest.mark.parametrize(
    ("kind", "source", "title", "copied"),
    [
        (fences.python, "a\n\n    b", "", "a\n\n    b"),
        (fences.python, "class A:\n    ...\n    b", "a.py: A.b", "    b"),
        (fences.difference, " a\n-b\n+c\n ...\n d", "", "a\nc\nd"),
        (fences.session, dedent(TYPED), "", "for x in y:\n    print(x)\n\nx"),
        (fences.session, "$ a <b\nHello\n$ ls", "", "a <b\nls"),
    ],
)
def test_copying_takes_what_is_new_and_what_is_typed(
    open_page, pages, kind, source, title, copied
):
    page = open_page(of_kind(pages, "chapter")[0])
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    language = "console" if source.startswith("$") else "pycon"
    drawn = kind(source, language, "", {"title": title}, None)
    button = '<button class="copy" id="it">'
    block = drawn.removesuffix("</div>") + f"{button}</button></div>"
    page.locator("article").evaluate("(a, html) => { a.innerHTML = html }", block)

    page.locator("#it").click()

    assert page.evaluate("navigator.clipboard.readText()") == copied


OVERLAPS = """() => [...document.querySelectorAll(".copy")].filter((button) => {
  const a = button.getBoundingClientRect();
  const b = button.parentElement.querySelector("pre").getBoundingClientRect();
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}).length"""


@pytest.mark.parametrize("width", [390, 1440])
def test_no_copy_button_covers_code(open_page, pages, width):
    page = open_page(newest(pages, "chapter"), width=width)

    assert page.locator(".copy").count() > 10
    assert page.evaluate(OVERLAPS) == 0


def test_code_that_moves_is_reached_by_keyboard_on_a_touch_screen(
    browser, address, pages
):
    context = browser.new_context(
        viewport={"width": PHONE, "height": 740}, has_touch=True, is_mobile=True
    )
    page = context.new_page()
    page.goto(address + newest(pages, "chapter"))
    block = page.locator("article pre").first
    block.scroll_into_view_if_needed()
    wide = (
        page.locator("article pre", has=page.locator(".lines"))
        .filter(has_text=re.compile(".{70}"))
        .first
    )
    wide.scroll_into_view_if_needed()

    page.wait_for_timeout(500)

    assert wide.evaluate(
        "pre => pre.scrollWidth > pre.clientWidth && pre.tabIndex === 0"
    )
    context.close()


def test_name_with_underscores_stays_as_it_is_in_a_heading(open_page, pages):
    for kind in ("changes", "code"):
        page = open_page(newest(pages, kind))

        heading = page.locator("article h2", has_text="init").first

        assert "__init__.py" in heading.inner_text()
        assert heading.locator("strong").count() == 0


def test_old_lines_stand_beside_new_ones_where_that_is_chosen(
    open_page, address, pages
):
    page = open_page(newest(pages, "changes"), width=1440)
    change = page.locator(".change:has(.old > span):has(.new > span)").first
    tops = "change => [...change.children].map(c => c.getBoundingClientRect().top)"

    first, second = change.evaluate(tops)
    assert first < second
    page.get_by_label("Old beside new").check()
    first, second = change.evaluate(tops)
    assert first == second
    assert page.locator(".md-sidebar--primary").is_visible()

    page.goto(address + of_kind(pages, "changes")[0])
    assert page.get_by_label("Old beside new").is_checked()


def test_page_beside_flask_shows_the_kind_that_is_chosen(browser, address, pages):
    # the style sheet does it alone
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address + newest(pages, "a part beside Flask"))
    same = page.locator("tr:has(.kind.same)").first
    differs = page.locator("tr:has(.kind.differs)").first

    assert (same.is_visible(), differs.is_visible()) == (False, True)
    page.get_by_label("what is the same").check()
    assert (same.is_visible(), differs.is_visible()) == (True, False)
    page.get_by_label("everything").check()
    assert (same.is_visible(), differs.is_visible()) == (True, True)
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_paper_is_white_and_ink_black(open_page, pages, scheme):
    page = open_page(newest(pages, "chapter"), scheme=scheme)

    page.emulate_media(media="print", color_scheme=scheme)

    looks = page.evaluate(
        "[document.documentElement, document.body].map("
        "e => getComputedStyle(e).backgroundColor).concat("
        "['article h1', 'article h1 + p + section + p', 'article pre code'].map("
        "s => getComputedStyle(document.querySelector(s)).color))"
    )
    assert looks[:2] == ["rgb(255, 255, 255)"] * 2
    assert looks[2:] == ["rgb(0, 0, 0)"] * 3


# the height of an A4 sheet within its margins, at 96 dots an inch
SHEET = 297 / 25.4 * 96 - 2 * 57


def test_no_drawing_is_cut_between_two_sheets(open_page, pages):
    page = open_page(newest(pages, "chapter"))
    page.set_viewport_size({"width": 680, "height": int(SHEET)})

    page.emulate_media(media="print")

    drawings = page.evaluate(
        "[...document.querySelectorAll('.drawing')].map(drawing => "
        "[drawing.getBoundingClientRect().height,"
        " getComputedStyle(drawing).breakInside, getComputedStyle(drawing).overflowY])"
    )
    assert drawings
    assert all(height < SHEET for height, _, _ in drawings)
    assert {tuple(looks) for _, *looks in drawings} == {("avoid", "visible")}


def test_folds_are_open_on_paper_even_from_the_disk(browser, folder):
    page = browser.new_page()
    page.goto((folder / "01-wsgi.html").as_uri())
    folds = page.locator("article details")
    opened = "all => all.filter(fold => fold.open).length"
    assert folds.evaluate_all(opened) == 0
    page.evaluate(
        "addEventListener('beforeprint', () => window.printed ="
        " document.querySelectorAll('article details[open]').length)"
    )

    page.pdf()

    assert page.evaluate("window.printed") == folds.count() > 3
    page.wait_for_function("!document.querySelector('article details[open]')")
    page.close()


def test_address_without_a_page_leads_on(open_page):
    page = open_page("/no/such/page.html")

    assert page.locator(".md-search__input").count() == 1
    for link in page.locator("article a").all():
        assert page.request.get(link.evaluate("a => a.href")).ok
    assert page.locator("article a").count() > 3


def test_changed_lines_are_marked_by_a_sign(open_page, pages):
    page = open_page(newest(pages, "changes"))

    signs = page.evaluate(
        "[...document.querySelectorAll('.new > span')].map("
        "line => getComputedStyle(line, '::before').content)"
    )

    assert signs
    assert all("+" in sign for sign in signs)


def test_a_drawing_follows_the_scheme_of_the_page(open_page, pages):
    def colour(scheme: str) -> str:
        page = open_page(newest(pages, "chapter"), scheme=scheme)
        return page.evaluate(
            "getComputedStyle(document.querySelector('.drawing text')).fill"
        )

    assert colour("light") != colour("dark")


def test_every_chapter_leads_to_what_is_behind_it(open_page, address, pages):
    page = open_page("/index.html")
    for chapter in of_kind(pages, "chapter"):
        page.goto(address + chapter)
        words = page.locator(".behind").inner_text()

        for name in ("What changed", "The code", "The tests"):
            assert name in words, f"{chapter} has no link to {name}"


def test_the_feed_lists_the_chapters(folder: Path, pages):
    feed = (folder / "feed_rss_created.xml").read_text(encoding="utf-8")

    items = re.findall(r"<item>.*?<link>[^<]*/([^/<]*)</link>", feed, re.S)

    chapters = of_kind(pages, "chapter")
    assert sorted(items) == sorted(page.strip("/") for page in chapters)
