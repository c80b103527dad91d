"""What step 13 promises of the values in a session: they come back as they were."""

from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
from flask.json.tag import TaggedJSONSerializer
from hypothesis import given, settings
from hypothesis import strategies as st
from markupsafe import Markup
from step13_sessions import App, session

FLASKS = TaggedJSONSerializer()
TAGS = [" di", " t", " b", " m", " u", " d"]


def client_that_keeps(values, found):
    """Make a client whose `/keep` fills the session; `/find` shows what is in it."""
    app = App(__name__)
    app.secret_key = "a key that nobody knows"
    app.testing = True
    app.add_url_rule("/keep", "keep", lambda: session.update(values) or "kept")
    app.add_url_rule("/find", "find", lambda: found.update(session) or "found")
    return app.test_client()


def in_the_next_request(values):
    """Keep values in one request; give the session that the next one finds."""
    found = {}
    client = client_that_keeps(values, found)
    client.get("/keep")
    client.get("/find")
    return found


def there_and_back(value):
    return in_the_next_request({"value": value})["value"]


def serializer():
    """Return what writes and reads the text inside the signature."""
    app = App(__name__)
    app.secret_key = "a key that nobody knows"
    return app.session_interface.get_signing_serializer(app).serializer


def typed(value):
    """Show the types along with the values: 1 equals True, and Markup a string."""
    match value:
        case dict():
            return {key: typed(item) for key, item in value.items()}
        case list() | tuple():
            return type(value), [typed(item) for item in value]
    return type(value), value


texts = st.text('aé\N{BELL} "\\<_\0\n', max_size=6)
keys = texts | st.sampled_from([*TAGS, " di__", " t__", " t____"])
moments = st.datetimes(
    datetime(1000, 1, 1),
    timezones=st.just(UTC),
).map(lambda moment: moment.replace(microsecond=0))
leaves = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts
    | st.binary(max_size=12)
    | st.uuids()
    | texts.map(Markup)
    | moments
)
values = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(keys, inner, max_size=2)
    ),
    max_leaves=12,
)
quickly = settings(max_examples=60, deadline=None, database=None)


@quickly
@given(values)
def test_every_value_comes_back_as_it_was(value):
    assert typed(there_and_back(value)) == typed(value)


EXAMPLES = {
    "list": ([1, "a", None], '[1,"a",null]'),
    "tuple": ((1, 2), '{" t":[1,2]}'),
    "bytes": (b"\xff", '{" b":"/w=="}'),
    "Markup": (Markup("<b>"), '{" m":"<b>"}'),
    "UUID": (UUID(int=1), '{" u":"00000000000000000000000000000001"}'),
    "datetime": (datetime(2026, 3, 1, tzinfo=UTC), None),
    "nested": ({"a": [(b"",)]}, '{"a":[{" t":[{" b":""}]}]}'),
    "a tag": ({" t": [1]}, '{" di":{" t__":[1]}}'),
    "a hidden tag": ({" t__": [1]}, '{" t__":[1]}'),
    "more than a tag": ({" t": 1, "a": 2}, '{" t":1,"a":2}'),
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_types_that_json_lacks_come_back(name):
    value, _ = EXAMPLES[name]

    assert typed(there_and_back(value)) == typed(value)


@pytest.mark.parametrize("key", TAGS)
def test_session_may_look_like_a_tag(key):
    assert in_the_next_request({key: [1]}).get(key) == [1]


@pytest.mark.optional
def test_datetime_loses_its_zone_and_its_microseconds():
    oslo = timezone(timedelta(hours=1))
    moment = datetime(2026, 3, 1, 12, 30, 15, 999, tzinfo=oslo)
    naive = datetime(2026, 3, 1, 11, 30, 15)

    at_greenwich = datetime(2026, 3, 1, 11, 30, 15, tzinfo=UTC)
    for each in (moment, naive):
        assert repr(there_and_back(each)) == repr(at_greenwich)


def test_what_renders_itself_as_html_comes_back_as_markup():
    class Bell:
        def __html__(self):
            return "<b>bell</b>"

    assert typed(there_and_back(Bell())) == typed(Markup("<b>bell</b>"))


@pytest.mark.optional
def test_keys_come_back_as_text():
    assert there_and_back({1: "a"}) == {"1": "a"}


@pytest.mark.parametrize("value", [{1}, object(), 1j, bytearray(b"")])
def test_other_types_are_refused(value):
    client = client_that_keeps({"value": [value]}, {})

    with pytest.raises(TypeError):
        client.get("/keep")


# --- to the letter, as Flask writes it


@pytest.mark.optional
@pytest.mark.parametrize("name", EXAMPLES)
def test_text_is_compact_and_a_type_is_a_key_with_a_blank(name):
    value, text = EXAMPLES[name]
    text = text or '{" d":"Sun, 01 Mar 2026 00:00:00 GMT"}'

    assert serializer().dumps(value) == text
    assert typed(serializer().loads(text)) == typed(value)


@pytest.mark.optional
@quickly
@given(values)
def test_flask_writes_the_same_text(value):
    assert serializer().dumps(value) == FLASKS.dumps(value)


@pytest.mark.optional
@quickly
@given(values)
def test_flask_reads_what_we_write_and_the_other_way_round(value):
    ours = serializer()

    assert typed(FLASKS.loads(ours.dumps(value))) == typed(value)
    assert typed(ours.loads(FLASKS.dumps(value))) == typed(value)
