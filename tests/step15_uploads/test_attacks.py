"""The dangers of step 15: bodies without end, and files that do more than lie there."""

from io import BytesIO

import pytest
from step15_uploads import App, request, save_upload, send_upload

SCRIPT = b"<script>alert(1)</script>"
PICTURE = b'<svg xmlns="http://www.w3.org/2000/svg">' + SCRIPT + b"</svg>"
# types that a browser opens as a page, in which scripts run
PAGES = {"text/html", "application/xhtml+xml", "image/svg+xml", "text/xml"}
PAGES |= {"application/xml"}
PLAIN = "application/x-www-form-urlencoded"
OWN_FILES = pytest.mark.differs(
    "Flask leaves the keeping of files to its user", safer=True
)


@pytest.fixture
def app(tmp_path):
    """Return an app that takes songs and sends them back."""
    (tmp_path / "shop.py").write_text("PASSWORD = 'hunter2'", encoding="utf-8")
    app = App(__name__, instance_path=str(tmp_path / "instance"))
    app.testing = True

    @app.post("/songs")
    def keep():
        return save_upload(request.files["song"], "songs")

    @app.get("/songs/<name>")
    def give(name):
        return send_upload("songs", name)

    return app


def send_song(app, name, content=b"chirp", content_type=None):
    """Send a song as a form does; return the name under which it was kept."""
    form = {"song": (BytesIO(content), name, content_type)}
    return app.test_client().post("/songs", data=form).text


def runs_as_a_page(answer):
    """Return whether a browser that opens the answer runs the scripts in it."""
    policy = answer.headers.get("Content-Security-Policy", "")
    downloads = answer.headers.get("Content-Disposition", "").startswith("attachment")
    return answer.mimetype in PAGES and not downloads and "sandbox" not in policy


@pytest.mark.asvs("3.2.1")
@OWN_FILES
@pytest.mark.attack
@pytest.mark.parametrize(
    ("name", "content", "content_type"),
    [
        ("song.html", SCRIPT, "text/html"),
        ("song.html", SCRIPT, "audio/ogg"),
        ("SONG.HTM", SCRIPT, "text/html"),
        ("song.xhtml", SCRIPT, "application/xhtml+xml"),
        ("song.svg", PICTURE, "image/svg+xml"),
        ("song.mp3.svg", PICTURE, "audio/mpeg"),
        ("song.xml", PICTURE, "text/xml"),
    ],
)
def test_song_is_not_a_page_of_ours(app, name, content, content_type):
    kept = send_song(app, name, content, content_type)

    with app.test_client().get(f"/songs/{kept}") as answer:
        assert not runs_as_a_page(answer), (
            f"the attack worked: the script runs as {answer.mimetype}"
        )
        assert answer.data == content


@pytest.mark.asvs("5.3.1")
@OWN_FILES
@pytest.mark.attack
def test_song_does_not_overwrite_the_code(app, tmp_path):
    send_song(app, "../../shop.py", b"print('mine now')")

    code = (tmp_path / "shop.py").read_text(encoding="utf-8")
    assert "hunter2" in code, f"the attack worked: the app's code is {code}"


@OWN_FILES
@pytest.mark.attack
def test_song_does_not_take_the_place_of_another(app):
    first = send_song(app, "song.ogg", b"chirp")
    send_song(app, "song.ogg", b"noise")

    with app.test_client().get(f"/songs/{first}") as answer:
        heard = answer.data
    assert heard == b"chirp", f"the attack worked: where it chirped, it is {heard}"


@pytest.mark.asvs("5.3.2")
@OWN_FILES
@pytest.mark.attack
@pytest.mark.parametrize("name", ["\0", "a\0.ogg", "/"])
def test_song_may_have_any_name(app, name):
    app.testing = False

    statuses = [
        app.test_client().post("/songs", data=form).status_code
        for form in ({"song": (BytesIO(b"chirp"), each)} for each in ("a.ogg", name))
    ]

    assert statuses == [200, 200], f"the attack worked: {statuses}"


@pytest.mark.attack
@pytest.mark.differs("Flask takes a form of any number of fields", safer=True)
def test_form_of_endless_fields_is_not_taken_apart():
    app = App(__name__)
    app.post("/")(lambda: str(len(request.form)))
    body = b"a&" * 1_000_000

    answer = app.test_client().post("/", data=body, content_type=PLAIN)

    assert answer.status_code == 413, f"the attack worked: {answer.text} fields"


@pytest.mark.asvs("5.2.1")
@pytest.mark.attack
@pytest.mark.parametrize("content_type", ["audio/ogg", "text/plain", None])
def test_body_that_is_too_large_is_not_taken(content_type):
    app = App(__name__)
    app.config["MAX_CONTENT_LENGTH"] = 1000

    @app.post("/")
    def measure():
        return str(len(request.get_data()))

    body = b"x" * 2_000_000
    answer = app.test_client().post("/", data=body, content_type=content_type)

    assert answer.status_code == 413, f"the attack worked: it took {answer.text} bytes"
