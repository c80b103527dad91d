"""The exercise `events`: Server-Sent Events, and where the visitor was."""

import pytest
from exercise import event, stream
from step20_async import App, request


@pytest.fixture
def ended():
    return []


@pytest.fixture
def client(ended):
    """A visitor of an app that streams what three birds sing."""
    app = App("wren")
    app.testing = True

    async def songs():
        try:
            for song in ("chirp", "trill", "hoot"):
                yield song
        finally:
            ended.append("songs")

    @app.get("/")
    def index():
        events = stream(songs(), request.headers.get("Last-Event-ID"))
        return events, {"Content-Type": "text/event-stream"}

    return app.test_client()


def test_event_is_data_and_an_empty_line():
    assert event("ring") == "data: ring\n\n"


def test_event_may_have_an_id_and_a_name():
    lines = event("ring", id="7", name="bell").split("\n")

    assert sorted(lines[:3]) == ["data: ring", "event: bell", "id: 7"]
    assert lines[3:] == ["", ""]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_each_line_of_a_text_is_data(end):
    text = f"one{end}event: forged{end}{end}two"

    lines = event(text).split("\n")

    assert lines == ["data: one", "data: event: forged", "data: ", "data: two", "", ""]


@pytest.mark.parametrize("value", ["7\ndata: forged", "7\rid: 8", "\n", "7\r\n"])
def test_id_or_name_can_not_add_a_line(value):
    with pytest.raises(ValueError):
        event("ring", id=value)
    with pytest.raises(ValueError):
        event("ring", name=value)


def test_id_has_no_null_character():
    with pytest.raises(ValueError):
        event("ring", id="7\0")


def test_events_are_numbered(client):
    text = client.get("/").text

    assert text.count("\n\n") == 3
    assert [number for number in "012" if f"id: {number}\n" in text] == ["0", "1", "2"]


def test_visitor_goes_on_after_the_last_event(client):
    text = client.get("/", headers={"Last-Event-ID": "1"}).text

    assert "hoot" in text and "trill" not in text


def test_visitor_who_has_seen_all_gets_nothing_twice(client):
    assert client.get("/", headers={"Last-Event-ID": "2"}).text == ""


@pytest.mark.parametrize("last", ["", "x", "-1", "1.5", "²", "9" * 5000])
def test_odd_id_is_no_error(client, last):
    response = client.get("/", headers={"Last-Event-ID": last})

    assert response.status_code == 200
    assert response.text.count("data: ") == 3


def test_source_is_closed_with_the_stream(client, ended):
    response = client.get("/", buffered=False)
    next(response.iter_encoded())

    response.close()

    assert ended == ["songs"]
