"""Step 11: pages in pieces, made while the server sends them."""

import threading
from contextlib import suppress
from contextvars import copy_context

import pytest
from step11_templating import (
    App,
    Response,
    current_app,
    g,
    has_app_context,
    has_request_context,
    render_template_string,
    request,
    stream_template,
    stream_template_string,
    stream_with_context,
    template_rendered,
)
from werkzeug.test import create_environ

from costrel.testing.threads import join

TWICE = "Flask 3.1.3 runs them when the view is over, and again after each stream"


@pytest.fixture
def app():
    app = App(__name__)
    app.ended = []

    @app.teardown_request
    def end(error):
        app.ended.append(error)

    return app


def started(app, path="/", method="GET"):
    """Call an app as a server does, and return the body."""
    environ = create_environ(path, method=method)
    return app(environ, lambda status, headers, exc_info=None: None)


def test_template_is_streamed_without_a_request():
    with App(__name__).app_context():
        pieces = list(stream_template_string("{{ x }}", x="<b>"))

    assert "".join(pieces) == "&lt;b&gt;"


def let_go(*bodies):
    """Close bodies, as a server does; in Flask 3.1.3 some can't end where they are."""
    for body in bodies:
        with suppress(LookupError, RuntimeError, ValueError):
            body.close()


def text_of(app, path="/"):
    """Return the text for a visitor who reads all of it and then hangs up.

    A context may end with the last piece, or when the server closes the response.
    """
    answer = app.test_client().get(path)
    text = answer.text
    answer.close()
    return text


def letters(word="abc"):
    for letter in word:
        yield f"{letter}{request.path}"


# templates


def test_template_is_streamed_from_a_file(tmp_path):
    (tmp_path / "templates").mkdir()
    page = tmp_path / "templates" / "list.html"
    page.write_text("<ol>{% for n in numbers %}<li>{{ n }}{% endfor %}", "utf-8")
    app = App(__name__, root_path=str(tmp_path))
    app.route("/", endpoint="i")(lambda: stream_template("list.html", numbers="1<"))

    assert app.test_client().get("/").text == "<ol><li>1<li>&lt;"


def test_piece_is_made_when_it_is_asked_for(app):
    made = []

    def numbers():
        for number in range(3):
            made.append(number)
            yield number

    @app.route("/")
    def index():
        return stream_template_string(
            "{% for n in numbers %}{{ n }},{% endfor %}", numbers=numbers()
        )

    body = started(app)
    before = list(made)
    pieces = iter(body)
    next(pieces)

    assert before == []
    assert made == [0]
    body.close()


def test_streamed_template_knows_request_and_g(app):
    @app.route("/songs")
    def songs():
        g.bird = "wren"
        return stream_template_string("{{ g.bird }} {{ request.path }}")

    assert app.test_client().get("/songs").text == "wren /songs"


def test_context_processors_are_asked_before_the_stream(app):
    app.context_processor(lambda: {"greeting": "Hei"})
    app.route("/", endpoint="i")(lambda: stream_template_string("{{ greeting }}"))

    assert app.test_client().get("/").text == "Hei"


@pytest.mark.optional
def test_signal_comes_after_the_last_piece(app):
    told = []
    source = "{% for n in '12' %}{{ n }}{% endfor %}"
    app.route("/", endpoint="i")(lambda: stream_template_string(source))

    def listen(sender, template, context, **more):
        told.append((sender, request.path))

    with template_rendered.connected_to(listen, app):
        body = started(app)
        before = list(told)
        list(body)
        body.close()

    assert before == []
    assert told == [(app, "/")]


# the context


def test_stream_sees_the_request_of_its_view(app):
    app.route("/songs", endpoint="s")(lambda: stream_with_context(letters()))

    assert app.test_client().get("/songs").text == "a/songsb/songsc/songs"


@pytest.mark.holds_before("it says what the new function is for")
def test_without_it_a_stream_sees_no_request(app):
    app.testing = True
    app.route("/", endpoint="i")(lambda: letters())

    with pytest.raises(RuntimeError, match="request"):
        app.test_client().get("/")


def test_function_that_returns_a_generator_can_be_decorated(app):
    @app.route("/songs")
    def songs():
        @stream_with_context
        def lines(mark):
            """Return lines."""
            yield request.path + mark

        assert lines.__doc__ == "Return lines."
        return lines("!")

    assert app.test_client().get("/songs").text == "/songs!"


def test_anything_that_can_be_looped_over_can_be_streamed(app):
    app.route("/", endpoint="i")(lambda: stream_with_context(["a", "b"]))

    assert app.test_client().get("/").text == "ab"


@pytest.mark.differs("Flask 3.1.3 leaves it active until the stream ends", safer=True)
def test_context_is_active_only_while_a_piece_is_made(app):
    app.route("/", endpoint="i")(lambda: stream_with_context(letters()))
    body = started(app)
    pieces = iter(body)

    seen = [has_app_context()]
    for _ in range(3):
        next(pieces)
        seen.append(has_app_context())
    body.close()

    assert not any(seen)


@pytest.mark.differs("Flask 3.1.3 keeps it active between the pieces", safer=True)
def test_two_streams_read_in_turns_each_see_their_own_request(app):
    app.route("/<name>", endpoint="n")(lambda name: stream_with_context(letters()))
    bodies = [started(app, path) for path in ("/wren", "/robin")]

    def read():
        return [next(pieces) for _ in "abc" for pieces in map(iter, bodies)]

    try:
        # whatever is left active stays in there
        turns = copy_context().run(read)
    finally:
        let_go(*bodies)

    assert b"".join(turns) == b"a/wrena/robinb/wrenb/robinc/wrenc/robin"


@pytest.mark.differs(TWICE, safer=True)
def test_context_ends_once_and_after_the_stream(app):
    app.route("/", endpoint="i")(lambda: stream_with_context(letters()))

    body = started(app)
    pieces = iter(body)
    next(pieces)
    before = list(app.ended)
    list(pieces)
    body.close()

    assert (before, app.ended) == ([], [None])


def test_teardown_sees_what_the_view_kept_for_the_stream(app):
    closed = []

    @app.teardown_request
    def close(error):
        closed.append(g.get("database"))

    @app.route("/")
    def index():
        g.database = "open"
        return stream_with_context(g.database for _ in "abc")

    assert text_of(app) == "openopenopen"
    assert closed[-1] == "open"


@pytest.mark.differs(TWICE, safer=True)
def test_two_streams_of_a_response_end_it_once(app):
    @app.route("/")
    def index():
        first, second = (stream_with_context(letters(word)) for word in ("ab", "cd"))
        return (a + b for a, b in zip(first, second, strict=True))

    assert text_of(app) == "a/c/b/d/"
    assert app.ended == [None]


def test_head_of_a_stream_ends_its_context(app):
    app.route("/", endpoint="i")(lambda: stream_with_context(letters()))

    body = started(app, method="HEAD")
    sent = list(body)
    body.close()

    assert sent == []
    assert app.ended == [None]


@pytest.mark.differs(TWICE, safer=True)
def test_reader_who_leaves_ends_the_context_and_is_no_error(app):
    closed = []

    def pieces():
        try:
            yield from letters()
        finally:
            closed.append(request.path)

    app.route("/", endpoint="i")(lambda: stream_with_context(pieces()))

    body = started(app)
    next(iter(body))
    before = list(app.ended)
    body.close()
    body.close()

    assert before == []
    assert app.ended == [None]
    assert closed == ["/"]


def test_stream_that_nobody_sends_does_not_keep_the_context(app):
    kept = []

    @app.route("/")
    def index():
        kept.append(stream_with_context(letters()))
        return "other"

    app.test_client().get("/").close()

    assert app.ended == [None]


def test_stream_of_a_view_that_fails_does_not_keep_the_context(app):
    app.testing = True
    kept = []

    @app.route("/")
    def index():
        kept.append(stream_with_context(letters()))
        raise LookupError("a bell fell off")

    with pytest.raises(LookupError):
        app.test_client().get("/")

    assert [repr(error) for error in app.ended] == ["LookupError('a bell fell off')"]


@pytest.mark.differs("Flask 3.1.3 ends the context before the page is streamed")
def test_error_page_may_be_streamed_and_teardown_gets_the_error(app, caplog):
    @app.route("/")
    def index():
        raise LookupError("a bell fell off")

    @app.errorhandler(500)
    def broken(error):
        return stream_template_string("{{ request.path }} is broken"), 500

    body = started(app)
    before = list(app.ended)
    text = b"".join(body)
    body.close()

    assert (before, text) == ([], b"/ is broken")
    assert [repr(error) for error in app.ended] == ["LookupError('a bell fell off')"]


def test_teardown_is_told_what_broke_a_stream(app):
    def pieces():
        yield "half"
        raise LookupError("a bell fell off")

    app.route("/", endpoint="i")(lambda: stream_with_context(pieces()))
    body = started(app)

    with pytest.raises(LookupError):
        list(body)
    body.close()

    assert repr(app.ended[-1]) == "LookupError('a bell fell off')"


def test_stream_can_be_read_in_another_thread(app):
    app.route("/", endpoint="i")(lambda: stream_with_context(letters()))
    body = started(app)
    got = []

    def read():
        got.extend(body)
        got.append(has_app_context())
        body.close()

    reader = threading.Thread(target=read)
    reader.start()
    join(reader)

    assert got == [b"a/", b"b/", b"c/", False]
    assert app.ended[-1:] == [None]


@pytest.mark.differs("in Flask 3.1.3 each piece has to be made in the same thread")
def test_each_piece_can_be_made_in_another_thread(app):
    app.route("/", endpoint="i")(lambda: stream_with_context(letters()))
    body = started(app)
    pieces, got = iter(body), []

    def read():
        got.append(next(pieces, "end"))

    for _ in range(4):
        reader = threading.Thread(target=read)
        reader.start()
        join(reader)
    let_go(body)

    assert got == [b"a/", b"b/", b"c/", "end"]
    assert app.ended == [None]


def test_stream_read_inside_its_view_does_not_end_the_context(app):
    @app.route("/")
    def index():
        text = "".join(stream_with_context(letters()))
        return f"{text} {request.path} {len(app.ended)}"

    assert text_of(app) == "a/b/c/ / 0"
    assert app.ended == [None]


def test_error_of_a_stream_that_the_view_reads_is_the_views_own(app):
    @app.route("/")
    def index():
        stream = stream_with_context(int(word) for word in ["1", "x"])
        try:
            return str(sum(stream))
        except ValueError:
            return "no number"

    assert text_of(app) == "no number"
    assert app.ended == [None]


def test_hook_may_read_a_stream(app):
    app.route("/", endpoint="i")(lambda: stream_with_context(letters()))

    @app.after_request
    def add_length(response):
        response.content_length = len(response.get_data())
        return response

    response = app.test_client().get("/")

    assert (response.text, response.content_length) == ("a/b/c/", 6)


def test_stream_may_pause_in_another_context(app):
    other = App("other")

    @app.route("/pause")
    def pause():
        def pieces():
            yield f"{current_app.import_name} "
            with other.app_context():
                yield f"{current_app.import_name} "
                yield f"{current_app.import_name} "
            yield current_app.import_name

        return stream_with_context(pieces())

    name = app.import_name

    assert app.test_client().get("/pause").text == f"{name} other other {name}"


def test_stream_can_be_wrapped_by_a_response(app):
    @app.route("/")
    def index():
        return Response(stream_with_context(letters()), mimetype="text/plain")

    response = app.test_client().get("/")

    assert (response.text, response.mimetype) == ("a/b/c/", "text/plain")


def test_outside_of_a_context_there_is_nothing_to_keep():
    with pytest.raises(RuntimeError, match="context"):
        stream_with_context(letters())
    with pytest.raises(RuntimeError, match="context"):
        next(iter(stream_with_context(letters)()))


def test_string_and_stream_are_the_same_page(app):
    source = "{% for n in numbers %}{{ n }}<br>{% endfor %}"
    with app.test_request_context("/"):
        whole = render_template_string(source, numbers="<1>")
        pieces = list(stream_template_string(source, numbers="<1>"))

    assert "".join(pieces) == whole
    assert not has_request_context()
