"""What a person meets on the pages, with eyes, with a keyboard, or by ear."""

import re
from pathlib import Path
from typing import NamedTuple

import pytest

PHONE = 360
# what the search of a page is given where it is not asked
NO_INDEX = {"config": {"lang": ["en"], "separator": " ", "pipeline": []}, "docs": []}
WIDTH = "document.scrollingElement.scrollWidth"

# one page of each kind
KINDS = {
    "front": r"/index\.html",
    "chapter": r"/\d\d-[^/]*\.html",
    "changes": r"/changes/(?!01)[^/]*(?<!-sides)\.html",
    "sides": r"/changes/[^/]*-sides\.html",
    "code": r"/code/.*",
    "tests": r"/tests/.*",
    "interface": r"/interface/.*",
    "workshop": r"/workshop\.html",
    "notebook": r"/notebooks/.*",
    "exercises": r"/exercises/.*",
    "reference": r"/reference\.html",
    "beside Flask": r"/flask\.html",
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
        "[...document.querySelectorAll('.highlight code')]"
        ".filter(code => code.scrollWidth > code.clientWidth)"
        ".map(code => getComputedStyle(code).overflowX)"
    )

    assert set(wide) == {"auto"}


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


def test_changed_lines_are_marked_by_a_sign(open_page, pages):
    page = open_page(newest(pages, "changes"))

    signs = page.evaluate(
        "[...document.querySelectorAll('.line[data-mark=\"+\"]')].map("
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
