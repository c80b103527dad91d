"""Inline scripts: those with the response's nonce run, and no others."""

import re
from io import BytesIO

import pytest
from step21_hardening import (
    App,
    after_this_request,
    make_response,
    render_template_string,
    request,
    send_file,
    stream_template_string,
)
from step21_hardening.security import Hardening, csp_nonce

PAGE = "<script nonce='{{ csp_nonce() }}'>ring()</script>"


def make_app(**options):
    app = App("wren")
    Hardening(app, **options)
    app.add_url_rule("/", "index", lambda: render_template_string(PAGE))
    app.add_url_rule("/plain", "plain", lambda: "<p>Wren</p>")
    return app


def nonces_in(text):
    return re.findall(r"nonce[-=]'?([\w-]+)", text)


def nonces_of(response):
    return nonces_in(response.headers["Content-Security-Policy"])


def test_policy_allows_the_nonce_that_the_page_has():
    response = make_app().test_client().get("/")

    assert len(nonces_of(response)) == 1
    assert nonces_of(response) == nonces_in(response.text)
    assert "script-src 'self' 'nonce-" in response.headers["Content-Security-Policy"]


@pytest.mark.asvs("3.4.3")
def test_each_response_has_a_new_nonce():
    client = make_app().test_client()

    nonces = {nonces_of(client.get("/"))[0] for _ in range(20)}

    assert len(nonces) == 20
    assert all(len(nonce) >= 22 for nonce in nonces)


def test_all_scripts_of_a_page_share_its_nonce():
    app = make_app()
    app.add_url_rule("/two", "two", lambda: render_template_string(PAGE + PAGE))

    response = app.test_client().get("/two")

    assert len(set(nonces_in(response.text))) == 1


def test_page_that_asks_for_none_has_none():
    response = make_app().test_client().get("/plain")

    assert nonces_of(response) == []


def test_views_and_imported_macros_get_it_too():
    app = make_app()
    templates = {"macro": "{% macro nonce() %}{{ csp_nonce() }}{% endmacro %}"}

    @app.get("/macro")
    def macro():
        template = app.jinja_env.from_string(templates["macro"])
        return f"{csp_nonce()} {template.module.nonce()}"

    response = app.test_client().get("/macro")

    assert response.text.split() == nonces_of(response) * 2


def test_app_says_which_directives_allow_the_nonce():
    app = make_app(content_security_policy_nonce_in=["script-src", "style-src"])

    policy = app.test_client().get("/").headers["Content-Security-Policy"]

    # a directive of its own doesn't fall back on `default-src` anymore
    assert re.search("style-src 'self' 'nonce-[^']+'", policy)
    assert re.search("script-src 'self' 'nonce-[^']+'", policy)


@pytest.mark.parametrize("names", ["style-src", "script-src style-src"])
def test_one_text_may_name_the_directives(names):
    app = make_app(content_security_policy_nonce_in=names)

    policy = app.test_client().get("/").headers["Content-Security-Policy"]

    with_nonce = re.findall("([a-z-]+) 'self' 'nonce-", policy)
    assert sorted(with_nonce) == names.split()


def test_policy_that_is_tried_out_has_it_too():
    app = make_app(content_security_policy_report_only=True)

    response = app.test_client().get("/")

    policy = response.headers["Content-Security-Policy-Report-Only"]
    assert nonces_in(policy) == nonces_in(response.text)


def test_streamed_page_asks_for_it_in_the_middle():
    app = make_app()
    app.add_url_rule("/stream", "stream", lambda: stream_template_string(PAGE))

    response = app.test_client().get("/stream")

    assert nonces_of(response) == nonces_in(response.text)


def test_stream_that_is_no_page_is_told_that_it_is_too_late():
    app = make_app()

    @app.get("/data")
    def data():
        data = stream_template_string("{{ csp_nonce() }}")
        return data, {"Content-Type": "text/csv"}

    with pytest.raises(RuntimeError, match=r"headers have been sent.*in the view"):
        app.test_client().get("/data")


def test_without_a_request_there_is_none():
    app = make_app()

    with app.app_context(), pytest.raises(RuntimeError):
        csp_nonce()


@pytest.mark.parametrize("chosen", [None, "public, max-age=600", "private"])
def test_no_cache_keeps_a_page_with_a_nonce(chosen):
    app = make_app()

    @app.get("/cached")
    def cached():
        response = make_response(render_template_string(PAGE))
        response.set_etag("tag")
        response.last_modified = 0
        if chosen:
            response.headers["Cache-Control"] = chosen
        return response

    headers = app.test_client().get("/cached").headers

    assert headers.get("Cache-Control") == "no-store"
    assert "ETag" not in headers
    assert "Last-Modified" not in headers


def test_page_that_a_browser_has_kept_goes_on_with_the_nonce_it_had():
    app = make_app()

    @app.get("/kept")
    def kept():
        # a page that was sent before the app had a policy, say
        response = make_response(render_template_string(PAGE))
        response.set_etag("tag")
        return response.make_conditional(request)

    headers = {"If-None-Match": '"tag"'}
    response = app.test_client().get("/kept", headers=headers)

    assert response.status_code == 304
    assert "Content-Security-Policy" not in response.headers
    assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_file_that_a_browser_has_kept_keeps_its_tag():
    app = make_app()

    @app.get("/file")
    def file():
        page = BytesIO(b"<p>Wren</p>")
        return send_file(page, "text/html", etag="tag")

    headers = {"If-None-Match": '"tag"'}
    response = app.test_client().get("/file", headers=headers)

    assert (response.status_code, response.headers["ETag"]) == (304, '"tag"')
    assert nonces_of(response) == []


def test_nonce_that_a_late_hook_asks_for_counts():
    app = make_app()

    @app.get("/late")
    def late():
        @after_this_request
        def fill_in(response):
            response.set_data(csp_nonce())
            return response

        return ""

    response = app.test_client().get("/late")

    assert nonces_of(response) == [response.text]


def test_visitor_can_not_choose_it():
    app = make_app()

    response = app.test_client().get("/", environ_overrides={"HTTP_NONCE": "evil"})

    assert "evil" not in response.headers["Content-Security-Policy"]
