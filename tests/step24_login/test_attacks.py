"""The dangers of step 24: cookies of others, and links that lead elsewhere."""

import re

import pytest
from step24_login import request
from step24_login.security import current_user

PASSWORD = "a bell for every bird"
NEW = "seven bells at the harbor"
EVIL = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}


@pytest.mark.asvs("7.4.1")
@pytest.mark.attack
def test_copied_cookie_ends_with_the_logout(app, ada):
    eve = ada.copy(app)
    ada.log_out()

    assert eve.who == "nobody", f"the attack worked: Eve is still {eve.who}"


@pytest.mark.attack
def test_copied_cookie_ends_with_the_password(app, ada, browse):
    eve, phone = ada.copy(app), browse()
    phone.log_in()
    phone.send("/change", password=PASSWORD, new_password=NEW)

    assert eve.who == "nobody", f"the attack worked: Eve is still {eve.who}"


@pytest.mark.attack
def test_stolen_remember_cookie_is_of_no_use_after_a_new_password(app, browse):
    phone, desk = browse(), browse()
    phone.log_in(remember="y")
    eve = phone.copy(app, "remember")
    desk.log_in()
    desk.send("/change", password=PASSWORD, new_password=NEW)

    assert eve.who == "nobody", f"the attack worked: Eve is still {eve.who}"


@pytest.mark.attack
def test_stolen_remember_cookie_is_noticed(app, clock, browse):
    phone = browse()
    phone.log_in(remember="y")
    eve = phone.copy(app, "remember")
    eve.get("/")
    clock[0] = 5 * 24 * 3600
    # Ada comes back, with the cookie that Eve has used
    phone.get("/")

    eve.get("/")
    assert eve.who == "nobody", f"the attack worked: Eve is still {eve.who}"


ELSEWHERE = [
    "https://evil.example", "//evil.example", "///evil.example", r"/\evil.example",
    r"\\evil.example", r"/\/evil.example", r"\/\/evil.example", "/\t/evil.example",
    "/\n/evil.example", "\t//evil.example", " //evil.example", "/ /evil.example",
    "https:evil.example", "https:/evil.example", "//evil.example/..%2f",
    "javascript:alert(1)", "evil.example", "@evil.example", ".evil.example",
    "//bells@evil.example", r"/%09/evil.example" + "\r\nX: y", "//%65vil.example",
    "/\x00/evil.example", "/\x85/evil.example\x0b", "?", "#",
]  # fmt: skip


@pytest.mark.differs("Flask has no is_local_url", safer=True)
@pytest.mark.attack
@pytest.mark.parametrize("target", ELSEWHERE)
@pytest.mark.parametrize("logged_in", [False, True])
@pytest.mark.parametrize("users", ["memory"], indirect=True)
def test_login_leads_to_no_other_site(app, browse, target, logged_in):
    app.config["WTF_CSRF_ENABLED"] = False
    client, query = browse().client, {"next": target}
    data = {"email": "ada@wren.example", "password": PASSWORD}
    if logged_in:
        client.post("/login", data=data)

    answer = client.post("/login", data=data, query_string=query)
    answers = [answer, client.get("/login", query_string=query)]

    for each in answers:
        went = each.location
        assert went == "/", f"the attack worked: the login leads to {went!r}"


@pytest.mark.attack
def test_secret_that_somebody_planted_is_good_for_nothing(app, browse):
    # Eve has a cookie of her own, and puts it into Ada's browser: from a subdomain,
    # say. It is signed, and she can read the secret in it
    eve, ada = browse(), browse()
    token = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', eve.get("/login").text)
    for name, value in eve.cookies.items():
        ada.client.set_cookie(name, value)
    ada.log_in()
    assert ada.who == "ada"

    answer = ada.client.post("/me", data={"csrf_token": token[1]})

    assert answer.status_code == 403, f"the attack worked: {answer.text}"


@pytest.mark.attack
def test_session_that_somebody_planted_is_not_the_victims(app, browse):
    # the same with a session in which Eve is logged in
    eve, ada = browse(), browse()
    eve.log_in("bob")
    for name, value in eve.cookies.items():
        ada.client.set_cookie(name, value)
    ada.send("/logout")
    ada.log_in()

    assert eve.who != "ada", "the attack worked: Eve is Ada"


@pytest.mark.attack
def test_other_site_logs_nobody_in(app, browse):
    app.config["WTF_CSRF_ENABLED"] = True
    victim = browse()
    data = {"email": "bob@wren.example", "password": "no bird without a bell"}

    victim.client.post("/login", data=data, headers=EVIL)

    assert victim.who == "nobody", f"the attack worked: what {victim.who} sees"


@pytest.mark.attack
def test_form_of_another_visitor_logs_nobody_in(app, browse):
    eve, victim = browse(), browse()
    page = eve.get("/login").text
    token = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', page)[1]
    data = {"email": "bob@wren.example", "password": "no bird without a bell"}

    victim.client.post("/login", data={**data, "csrf_token": token})

    assert victim.who == "nobody", f"the attack worked: what {victim.who} sees"


@pytest.mark.attack
def test_user_is_not_named_by_the_visitor(app, browse):
    # headers and fields in which frameworks have looked for one
    headers = {"X-User": "1", "Remote-User": "ada@wren.example", "Cookie": "user_id=1"}

    answer = browse().get("/me?user_id=1&_user_id=1", headers=headers)

    assert answer.status_code == 303, f"the attack worked: {answer.text}"


@pytest.mark.attack
def test_one_requests_user_is_not_the_nexts(app, browse):
    @app.get("/twice")
    def twice():
        first = current_user.email
        with app.test_request_context("/"):
            return f"{first} {current_user.is_authenticated} {request.path}"

    ada = browse()
    ada.log_in()

    assert ada.get("/twice").text == "ada@wren.example False /"
    with app.app_context():
        assert ada.who == "ada"
        assert browse().who == "nobody", "the attack worked: a stranger is Ada"
