"""The dangers of step 24: copied cookies, and requests that aren't the user's own."""

import logging

import pytest

PASSWORD = "a bell for every bird"
NEW = "seven bells at the harbor"
ADA = {"email": "ada@wren.example", "password": PASSWORD}
BOB = {"email": "bob@wren.example", "password": "no bird without a bell"}


@pytest.fixture
def users():
    """Return a datastore in memory: visitors don't see where the users are kept."""
    from step24_login.security import MemoryUserDatastore

    return MemoryUserDatastore()


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
def test_stolen_remember_cookie_ends_with_the_password(app, browse):
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

    assert eve.who == "nobody", f"the attack worked: Eve is still {eve.who}"


@pytest.mark.differs("Flask has no is_local_url", safer=True)
@pytest.mark.attack
@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example",
        "//evil.example",
        "//bells@evil.example",
        "https:evil.example",
        "https:/evil.example",
        "//evil.example/..%2f",
    ],
)
def test_login_leads_to_no_other_site(app, browse, target):
    app.config["WTF_CSRF_ENABLED"] = False

    answer = browse().client.post("/login", data=ADA, query_string={"next": target})

    went = answer.location
    assert went == "/", f"the attack worked: the login leads to {went!r}"


@pytest.mark.attack
def test_secret_that_somebody_planted_is_good_for_nothing(browse):
    # Eve gets a cookie, and puts it into Ada's browser: from a subdomain, say. It's
    # signed, but she has a token that fits the secret in it
    eve, ada = browse(), browse()
    token = eve.token
    for name, value in eve.cookies.items():
        ada.client.set_cookie(name, value)
    ada.log_in()

    answer = ada.client.post("/me", data={"csrf_token": token})

    assert answer.status_code != 200, f"the attack worked: {answer.text}, says Eve"
    assert ada.who == "ada"


@pytest.mark.attack
def test_secret_that_somebody_planted_opens_no_remembered_login(browse):
    eve, ada = browse(), browse()
    token = eve.token
    ada.log_in(remember="y")
    ada.forget_session()
    for name, value in eve.cookies.items():
        ada.client.set_cookie(name, value)

    answer = ada.client.post("/me", data={"csrf_token": token})

    assert answer.status_code != 200, f"the attack worked: {answer.text}, says Eve"
    assert ada.who == "ada"


@pytest.mark.attack
def test_form_of_somebody_else_logs_nobody_in(browse):
    eve, victim = browse(), browse()

    victim.client.post("/login", data={**BOB, "csrf_token": eve.token})

    who = victim.who
    assert who == "nobody", f"the attack worked: what the visitor does, {who} sees"


@pytest.mark.attack
def test_picture_logs_nobody_out(ada):
    # <img src="https://wren.example/logout">
    ada.get("/logout")

    assert ada.who == "ada", "the attack worked: Ada has to log in again"


@pytest.mark.asvs("16.4.1")
@pytest.mark.attack
@pytest.mark.parametrize("end", ["\n", "\r", "\x85", "\u2028"])
@pytest.mark.parametrize("field", ["email", "User-Agent"])
def test_visitor_writes_no_line_into_the_log(caplog, browse, end, field):
    caplog.set_level(logging.INFO)
    forged = "login of user 1 from 192.0.2.1"
    text = f"x{end}{forged}{end}"
    # the bytes of a header field; servers let line breaks of Unicode through
    agent = text.encode().decode("latin-1")
    sent = {"agent": agent} if field == "User-Agent" else {"email": text}

    browse().fail(**sent)

    written = "\n".join(record.getMessage() for record in caplog.records)
    assert forged not in written.splitlines(), f"the attack worked: {written!r}"
