"""What pages of other sites may load, and what caches may keep."""

import pytest
from step21_hardening import App, make_response, session
from step21_hardening.security import Hardening

LINK = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
FRAME = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"}
PICTURE = {"Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"}
SCRIPT = {"Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "script"}
FETCH = {"Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"}
OBJECT = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "object"}
EMBED = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "embed"}


def make_app(**options):
    app = App("wren")
    app.secret_key = "a key that nobody else knows"
    hardening = Hardening(app, **options)
    app.add_url_rule("/", "index", lambda: "guests", methods=["GET", "POST"])
    app.add_url_rule("/own", "own", lambda: session.get("guest", "nobody"))
    return app, hardening


def ask(app, site, how, path="/", **options):
    headers = {"Sec-Fetch-Site": site, **how}
    return app.test_client().open(path, headers=headers, **options)


# --- Fetch Metadata


@pytest.mark.asvs("3.2.1", "3.5.8")
@pytest.mark.parametrize("how", [PICTURE, SCRIPT, FETCH, OBJECT, EMBED])
@pytest.mark.parametrize("site", ["cross-site", "same-site", "unheard-of", ""])
def test_page_of_another_site_loads_nothing(site, how):
    app, _ = make_app()

    assert ask(app, site, how).status_code == 403
    assert ask(app, site, how, method="HEAD").status_code == 403


@pytest.mark.parametrize("how", [PICTURE, SCRIPT, FETCH, OBJECT, LINK, FRAME])
@pytest.mark.parametrize("site", ["same-origin", "none"])
def test_own_pages_and_the_visitor_do(site, how):
    app, _ = make_app()

    assert ask(app, site, how).text == "guests"


def test_link_is_followed_from_anywhere():
    app, _ = make_app()

    assert ask(app, "cross-site", LINK).text == "guests"


def test_client_that_is_no_browser_is_answered():
    app, _ = make_app()

    assert app.test_client().get("/").text == "guests"


def test_other_methods_are_not_its_business():
    app, _ = make_app()

    assert ask(app, "cross-site", FETCH, method="POST").status_code == 200
    assert ask(app, "cross-site", FETCH, method="OPTIONS").status_code == 200


def test_refused_request_does_not_reach_the_view():
    app, _ = make_app()
    seen = []
    app.add_url_rule("/view", "view", lambda: seen.append("view") or "")

    ask(app, "cross-site", PICTURE, "/view")

    assert seen == []


@pytest.mark.parametrize(
    ("policy", "allowed"),
    [
        ("cross-origin", ["same-origin", "same-site", "cross-site"]),
        ("same-site", ["same-origin", "same-site"]),
        ("same-origin", ["same-origin"]),
        (None, ["same-origin", "same-site", "cross-site"]),
    ],
)
def test_view_says_who_may_load_it(policy, allowed):
    app, hardening = make_app()
    view = hardening(cross_origin_resource_policy=policy)(lambda: "badge")
    app.add_url_rule("/badge", "badge", view)
    sites = ["same-origin", "same-site", "cross-site"]

    answers = {site: ask(app, site, PICTURE, "/badge") for site in sites}

    answered = [site for site in sites if answers[site].status_code == 200]
    field = answers["same-origin"].headers.get("Cross-Origin-Resource-Policy")
    assert (answered, field) == (allowed, policy)


# --- caches


def test_page_that_used_the_session_is_kept_nowhere():
    app, _ = make_app()

    headers = app.test_client().get("/own").headers

    assert headers["Cache-Control"] == "no-store"
    assert "Cookie" in headers["Vary"]


def test_page_for_everyone_may_be_kept():
    app, _ = make_app()

    assert "Cache-Control" not in app.test_client().get("/").headers


@pytest.mark.parametrize(
    "chosen", ["private, max-age=60", "private, no-cache", "public, max-age=60"]
)
def test_view_chooses_how_its_page_is_kept(chosen):
    app, _ = make_app()

    @app.get("/chosen")
    def view():
        session.get("guest")
        return "", {"Cache-Control": chosen}

    headers = app.test_client().get("/chosen").headers

    assert headers["Cache-Control"] == chosen


def test_other_reasons_to_vary_are_none():
    app, _ = make_app()

    @app.get("/json")
    def view():
        response = make_response("")
        response.vary.add("Accept")
        return response

    assert "Cache-Control" not in app.test_client().get("/json").headers
