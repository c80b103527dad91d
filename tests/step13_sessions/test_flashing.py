"""What step 13 promises of flashed messages: seen once, on the next page."""

import pytest
from markupsafe import Markup
from step13_sessions import (
    App,
    Response,
    current_app,
    flash,
    get_flashed_messages,
    message_flashed,
    redirect,
    render_template_string,
    stream_template_string,
    stream_with_context,
)

PAGE = "{% for each in get_flashed_messages() %}<p>{{ each }}</p>{% endfor %}"


@pytest.fixture
def app():
    app = App(__name__)
    app.secret_key = "a key that nobody knows"
    app.testing = True

    @app.route("/flash/<category>/<message>")
    def flash_it(category, message):
        flash(message, category)
        return redirect("/page")

    app.add_url_rule("/page", "page", lambda: render_template_string(PAGE))
    return app


def test_message_is_on_the_next_page_and_only_there(app):
    client = app.test_client()

    response = client.get("/flash/message/Ding", follow_redirects=True)

    assert response.text == "<p>Ding</p>"
    assert client.get("/page").text == ""


def test_message_may_be_shown_by_the_request_that_flashed_it(app):
    @app.route("/")
    def index():
        flash("Ding")
        return render_template_string(PAGE)

    client = app.test_client()

    assert client.get("/").text == "<p>Ding</p>"
    assert client.get("/page").text == ""


def test_test_may_read_the_messages_of_its_last_request(app):
    with app.test_client() as client:
        client.get("/flash/warning/Ding")

        assert get_flashed_messages(with_categories=True) == [("warning", "Ding")]


@pytest.mark.differs(
    "Flask takes them out of the session when its cookie is sent already", safer=True
)
def test_message_in_a_streamed_page_is_shown_once(app):
    app.add_url_rule("/stream", "stream", lambda: stream_template_string(PAGE))
    client = app.test_client()
    client.get("/flash/message/Ding")

    pages = [client.get("/stream").text for _ in range(3)]

    assert pages == ["<p>Ding</p>", "", ""]


@pytest.mark.differs(
    "Flask takes them out of the session when its cookie is sent already", safer=True
)
def test_messages_that_can_not_be_taken_any_more_are_refused(app):
    @app.route("/late")
    def late():
        return stream_with_context(",".join(get_flashed_messages()) for _ in range(1))

    @app.route("/early")
    def early():
        get_flashed_messages()
        return late()

    client = app.test_client()
    client.get("/flash/message/Ding")

    with pytest.raises(RuntimeError, match=r"get_flashed_messages\(\) in the view"):
        _ = client.get("/late").text
    assert client.get("/early").text == "Ding"
    assert client.get("/early").text == ""


def test_messages_wait_in_their_order_until_they_are_shown(app):
    client = app.test_client()
    for message in ("one", "two", "three"):
        client.get(f"/flash/message/{message}")

    assert client.get("/page").text == "<p>one</p><p>two</p><p>three</p>"


def test_page_may_ask_twice(app):
    app.add_url_rule("/twice", "twice", lambda: render_template_string(PAGE + PAGE))
    client = app.test_client()
    client.get("/flash/message/Ding")

    assert client.get("/twice").text == "<p>Ding</p>" * 2


def test_message_has_a_category(app):
    app.add_url_rule("/all", "all", lambda: repr(get_flashed_messages(True)))

    @app.route("/plain")
    def plain():
        flash("Ding")
        return repr(get_flashed_messages(with_categories=True))

    client = app.test_client()
    client.get("/flash/error/Crack")

    assert client.get("/all").text == "[('error', 'Crack')]"
    assert client.get("/plain").text == "[('message', 'Ding')]"


def test_categories_can_be_chosen(app):
    @app.route("/chosen")
    def chosen():
        errors = get_flashed_messages(category_filter=["error", "warning"])
        return repr([errors, get_flashed_messages(True, ("info",))])

    client = app.test_client()
    for category, message in [("error", "a"), ("info", "b"), ("warning", "c")]:
        client.get(f"/flash/{category}/{message}")

    assert client.get("/chosen").text == "[['a', 'c'], [('info', 'b')]]"
    # what was filtered out counts as seen
    assert client.get("/page").text == ""


def test_message_is_escaped_unless_it_is_markup(app):
    @app.route("/both")
    def both():
        flash("<b>")
        flash(Markup("<i>"))
        return redirect("/page")

    response = app.test_client().get("/both", follow_redirects=True)

    assert response.text == "<p>&lt;b&gt;</p><p><i></p>"


def test_page_without_messages_sets_no_cookie(app):
    response = app.test_client().get("/page")

    assert not response.headers.getlist("Set-Cookie")
    assert response.headers["Vary"] == "Cookie"


def test_without_a_key_there_are_no_messages(app):
    app.secret_key = None
    client = app.test_client()

    assert client.get("/page").text == ""
    with pytest.raises(RuntimeError, match=r"(?i)secret.?key"):
        client.get("/flash/message/Ding")


@pytest.mark.optional
def test_listeners_are_told_of_a_message(app):
    told = []

    @message_flashed.connect_via(app)
    def listen(sender, message, category):
        told.append((sender is current_app._get_current_object(), message, category))

    client = app.test_client()
    client.get("/flash/error/Crack")
    client.get("/page")

    assert told == [(True, "Crack", "error")]


def test_messages_outside_a_request_say_what_is_missing(app):
    with app.app_context():
        for call in (lambda: flash("Ding"), get_flashed_messages):
            with pytest.raises(RuntimeError, match="request"):
                call()


def test_message_of_a_failed_page_waits_for_the_next(app):
    @app.route("/fail")
    def fail():
        flash("Ding")
        return Response("no", 418)

    client = app.test_client()

    assert client.get("/fail").status_code == 418
    assert client.get("/page").text == "<p>Ding</p>"
