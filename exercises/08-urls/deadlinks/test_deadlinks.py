"""The exercise `deadlinks`: a crawler without a network."""

import pytest
from exercise import dead_links
from step08_urls import App, redirect, url_for


def site(pages, **config):
    """Make an app of pages: path -> the targets of its links."""
    app = App(__name__)
    app.config.update(config)
    app.visited = []

    def view_of(path, links):
        def view():
            app.visited.append(path)
            return "<p>".join(f'<a class=x href="{link}">x</a>' for link in links)

        return view

    for number, (path, links) in enumerate(pages.items()):
        app.add_url_rule(path, f"page{number}", view_of(path, links))
    return app


def test_site_without_dead_links_has_none():
    assert dead_links(site({"/": ["/a", "/b"], "/a": ["/"], "/b": ["/a"]})) == []


def test_dead_link_is_named_with_its_page():
    app = site({"/": ["/a"], "/a": ["/b", "/"]})

    assert dead_links(app) == [("/a", "/b", 404)]


def test_each_page_is_visited_once():
    app = site({"/": ["/a", "/a", "/b"], "/a": ["/b", "/", "/a"], "/b": ["/a#top"]})

    dead_links(app)

    assert sorted(app.visited) == ["/", "/a", "/b"]


def test_dead_link_is_reported_for_each_page_once():
    app = site({"/": ["/x", "/a", "/x"], "/a": ["/x"]})

    assert sorted(dead_links(app)) == [("/", "/x", 404), ("/a", "/x", 404)]


def test_relative_links_are_resolved():
    pages = {"/": ["a/", "?page=2"], "/a/": ["b", "../c", "./#top"], "/a/b": []}
    app = site(pages)

    assert dead_links(app) == [("/a/", "/c", 404)]


@pytest.mark.parametrize(
    "link",
    [
        "https://bells.example/x",
        "//bells.example/x",
        "https:bells.example",
        "mailto:ada@wren.example",
        "javascript:alert(1)",
        "tel:1234",
        "#top",
        "",
    ],
)
def test_others_are_not_visited(link):
    assert dead_links(site({"/": [link]})) == []


def test_quoted_links_are_read():
    app = site({"/": ["/s?a=1&amp;b=2", "/z%C3%BCrich", "/oslo&amp;"], "/s": []})

    found = dead_links(app)

    assert [(page, status) for page, _, status in found] == [("/", 404), ("/", 404)]
    assert found[0][1] == "/z%C3%BCrich"


def test_redirects_are_followed():
    app = site({"/": ["/good", "/bad", "/away", "/folder"], "/folder/": []})
    app.add_url_rule("/good", "good", lambda: redirect(url_for("page0")))
    app.add_url_rule("/bad", "bad", lambda: redirect("/nowhere"))
    app.add_url_rule("/away", "away", lambda: redirect("https://bells.example/"))

    assert dead_links(app) == [("/", "/bad", 404)]


def test_page_behind_a_redirect_is_read():
    app = site({"/": ["/old"], "/new/": ["x"]})
    app.add_url_rule("/old", "old", lambda: redirect("/new/"))

    assert dead_links(app) == [("/new/", "/new/x", 404)]


def test_other_types_are_not_read():
    app = site({"/": ["/list.txt"]})
    text = '<a href="/x">'
    app.add_url_rule(
        "/list.txt", "list", lambda: (text, {"Content-Type": "text/plain"})
    )

    assert dead_links(app) == []


@pytest.mark.parametrize("testing", [True, False])
def test_view_that_raises_is_dead(testing, caplog):
    app = site({"/": ["/broken", "/x"]})
    app.add_url_rule("/broken", "broken", lambda: 1 / 0)
    app.testing = testing

    assert dead_links(app) == [("/", "/broken", 500), ("/", "/x", 404)]
    assert app.testing is testing


def test_app_is_visited_under_its_root():
    app = site(
        {"/": ["/wren/a", "a", "/a", "/wrench"], "/a": []}, APPLICATION_ROOT="/wren"
    )

    assert dead_links(app) == [
        ("/wren/", "/a", 404),
        ("/wren/", "/wrench", 404),
    ]


def test_crawler_may_begin_elsewhere():
    app = site({"/": ["/x"], "/a/": ["b"]})

    assert dead_links(app, "/a/") == [("/a/", "/a/b", 404)]
