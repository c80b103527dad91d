"""Which host a request is for, and whether anyone on the way can read it."""

import pytest
from step21_hardening import App, request, url_for
from step21_hardening.security import Hardening

TWO_YEARS = 2 * 365 * 24 * 60 * 60


def make_app(trusted=("wren.example", ".wren.example"), **options):
    app = App("wren")
    app.config["TRUSTED_HOSTS"] = list(trusted)
    hardening = Hardening(app, **options)
    methods = ["GET", "POST"]
    app.add_url_rule("/", "index", lambda: request.host, methods=methods)
    return app, hardening


def get(app, url, method="GET", **headers):
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    return app.test_client().open(url, method=method, headers=fields)


# --- hosts


@pytest.mark.parametrize(
    "host", ["wren.example", "wren.example:8443", "de.wren.example"]
)
def test_app_answers_for_its_own_hosts(host):
    app, _ = make_app()

    assert get(app, f"https://{host}/").text == host


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:443",
        "evilwren.example",
        "wren.example.evil.example",
        "wren.example@evil.example",
        "wren.example:80@evil.example",
        "evil.example#.wren.example",
        "evil.example/.wren.example",
        "evil.example, wren.example",
        "wren.example, evil.example",
        "wren.example evil.example",
        "wren.example.",
        "wren.example:x",
        "[::1]",
        "127.0.0.1",
        "localhost",
        "",
    ],
)
def test_no_other_host_is_answered(host):
    app, _ = make_app()
    app.add_url_rule("/link", "link", lambda: url_for("link", _external=True))

    response = get(app, "https://wren.example/link", Host=host)

    assert response.status_code == 400
    assert "://" not in response.text


def test_other_fields_can_not_name_a_host():
    app, _ = make_app()
    fields = {
        "X_Forwarded_Host": "evil.example",
        "X_Host": "evil.example",
        "X_Forwarded_Server": "evil.example",
        "Forwarded": "host=evil.example",
        "X_Original_Host": "evil.example",
    }

    assert get(app, "https://wren.example/", **fields).text == "wren.example"


@pytest.mark.differs("Flask calls the hooks, and only then refuses", safer=True)
def test_refused_host_reaches_no_hook_and_no_view():
    app, _ = make_app()
    seen = []
    app.before_request(lambda: seen.append("hook"))
    app.add_url_rule("/view", "view", lambda: seen.append("view") or "")

    response = get(app, "https://evil.example/view")

    assert (response.status_code, seen) == (400, [])


def test_unconfigured_app_answers_for_this_machine_alone():
    app = App("wren")
    Hardening(app)
    app.add_url_rule("/", "index", lambda: request.host)

    answers = {
        host: get(app, f"http://{host}/").status_code
        for host in ["localhost:8000", "127.0.0.1", "wren.localhost", "evil.example"]
    }

    assert answers == {
        "localhost:8000": 200,
        "127.0.0.1": 200,
        "wren.localhost": 200,
        "evil.example": 400,
    }


def test_app_that_knows_its_name_answers_for_it():
    app = App("wren")
    app.config["SERVER_NAME"] = "wren.example"
    Hardening(app)
    app.add_url_rule("/", "index", lambda: request.host)

    assert get(app, "https://wren.example/").status_code == 200
    assert get(app, "https://evil.example/").status_code == 400


def test_subdomains_are_the_app_s_if_it_has_rules_for_them():
    app = App("wren", subdomain_matching=True)
    app.config["SERVER_NAME"] = "wren.example"
    Hardening(app)
    app.add_url_rule("/", "index", lambda: "Wren", subdomain="de")
    app.add_url_rule("/", "home", lambda: "home")

    assert get(app, "https://de.wren.example/").text == "Wren"
    assert get(app, "https://wren.example/").text == "home"
    assert get(app, "https://evilwren.example/").status_code == 400


# --- HTTPS


@pytest.mark.asvs("12.2.1")
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_plain_http_is_redirected(method):
    app, _ = make_app()

    response = get(app, "http://wren.example/?q=a%20b&r=%C3%BC", method)

    assert response.status_code == 302
    assert response.headers["Location"] == "https://wren.example/?q=a%20b&r=%C3%BC"


def test_https_has_another_port():
    app, _ = make_app()

    response = get(app, "http://wren.example:8080/")

    assert response.headers["Location"] == "https://wren.example/"


def test_address_in_brackets_is_redirected_as_well():
    app, _ = make_app()
    # a list of hosts can't name such an address
    app.config["TRUSTED_HOSTS"] = None

    locations = [
        get(app, f"http://{host}/").headers.get("Location")
        for host in ("[2001:db8::1]", "[2001:db8::1]:8080")
    ]

    assert locations == ["https://[2001:db8::1]/"] * 2
    assert get(app, "http://[::1]:8000/").text == "[::1]:8000"


def test_path_can_not_lead_elsewhere():
    app, _ = make_app()

    response = app.test_client().get(
        "//evil.example/..", base_url="http://wren.example"
    )

    location = response.headers["Location"]
    assert location.startswith("https://wren.example/")


def test_redirect_may_be_permanent():
    app, _ = make_app(force_https_permanent=True)

    assert get(app, "http://wren.example/").status_code == 301


@pytest.mark.parametrize("method", ["POST", "OPTIONS"])
def test_what_was_sent_in_the_clear_is_refused(method):
    app, _ = make_app()

    response = get(app, "http://wren.example/", method)

    assert response.status_code == 403
    assert "HTTPS" in response.text


@pytest.mark.asvs("4.1.2")
def test_program_is_told_that_it_sent_its_token_in_the_clear():
    app, _ = make_app()
    program, browser = "application/json", "text/html, */*;q=0.8"

    statuses = [
        get(app, "http://wren.example/", Accept=accepted).status_code
        for accepted in (program, browser)
    ]

    assert statuses == [403, 302]


def test_unknown_url_is_redirected_too():
    app, _ = make_app()

    assert get(app, "http://wren.example/nowhere").status_code == 302


def test_fields_of_a_client_do_not_make_a_request_safe():
    app, _ = make_app()
    fields = {"X_Forwarded_Proto": "https", "Forwarded": "proto=https"}

    assert get(app, "http://wren.example/", **fields).status_code == 302


def test_nobody_listens_on_the_way_to_this_machine():
    app, _ = make_app(["localhost", ".localhost", "127.0.0.1"])
    hosts = ["localhost:8000", "wren.localhost", "127.0.0.1:8000"]

    answers = [get(app, f"http://{host}/").text for host in hosts]

    assert answers == hosts


@pytest.mark.parametrize("host", ["localhost.evil.example", "127.0.0.1.evil.example"])
def test_host_that_only_looks_like_this_machine_needs_https(host):
    app, _ = make_app([host])

    assert get(app, f"http://{host}/").status_code == 302


def test_developer_needs_none():
    app, _ = make_app()
    app.debug = True

    response = get(app, "http://wren.example/")

    assert (response.status_code, response.text) == (200, "wren.example")


def test_configuration_turns_it_off():
    app, _ = make_app()
    app.config["FORCE_HTTPS"] = False

    assert get(app, "http://wren.example/").status_code == 200


def test_single_view_may_be_asked_in_the_clear():
    app, hardening = make_app()
    view = hardening(force_https=False)(lambda: "up")
    app.add_url_rule("/health", "health", view)

    assert get(app, "http://wren.example/health").text == "up"
    assert get(app, "http://wren.example/").status_code == 302


# --- from now on (RFC 6797)

STRICT = "Strict-Transport-Security"


@pytest.mark.asvs("3.4.1")
def test_browsers_use_https_from_now_on():
    app, _ = make_app()

    assert get(app, "https://wren.example/").headers[STRICT] == "max-age=31536000"


def test_plain_http_says_nothing_of_it():
    app, _ = make_app()
    app.config["FORCE_HTTPS"] = False

    assert STRICT not in get(app, "http://wren.example/").headers


def test_redirect_says_nothing_of_it():
    app, _ = make_app()

    assert STRICT not in get(app, "http://wren.example/").headers


def test_developer_is_not_told():
    app, _ = make_app(["localhost"])
    app.debug = True

    assert STRICT not in get(app, "https://localhost/").headers


def test_subdomains_are_the_app_s_choice():
    app, _ = make_app(
        strict_transport_security_include_subdomains=True,
        strict_transport_security_preload=True,
        strict_transport_security_max_age=TWO_YEARS,
    )

    value = get(app, "https://wren.example/").headers[STRICT]

    assert value == f"max-age={TWO_YEARS}; includeSubDomains; preload"


def test_browsers_are_told_to_forget_it():
    app, _ = make_app(strict_transport_security_max_age=0)

    assert get(app, "https://wren.example/").headers[STRICT] == "max-age=0"


def test_app_may_leave_it_to_the_proxy():
    app, _ = make_app(strict_transport_security=False)

    assert STRICT not in get(app, "https://wren.example/").headers


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"strict_transport_security_include_subdomains": True}
        | {"strict_transport_security_max_age": 3600},
    ],
)
def test_preloading_needs_the_rest(options):
    with pytest.raises(ValueError, match=r"preload.*include_subdomains"):
        Hardening(strict_transport_security_preload=True, **options)
