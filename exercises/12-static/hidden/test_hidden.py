"""The exercise `hidden`: no file is sent whose name begins with a dot."""

import pytest
from exercise import App

HIDDEN = [
    ".env",
    ".git/config",
    "fonts/.cache/list.txt",
    "fonts/.htaccess",
    ".well-known/.env",
    "fonts/.well-known/a.txt",
]
SHOWN = ["a.css", "a.b.css", "fonts./a..txt", ".well-known/security.txt"]


@pytest.fixture
def client(tmp_path):
    for name in [*HIDDEN, *SHOWN]:
        file = tmp_path / "static" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"this is {name}", encoding="utf-8")
    return App(__name__, root_path=str(tmp_path)).test_client()


@pytest.mark.parametrize("name", HIDDEN)
def test_hidden_file_is_not_found(client, name):
    with client.get(f"/static/{name}") as response:
        assert response.status_code == 404


@pytest.mark.parametrize("way", ["./.env", "fonts/../.env", "%2eenv"])
def test_no_way_around_leads_to_it(client, way):
    with client.get(f"/static/{way}") as response:
        assert response.status_code == 404


@pytest.mark.parametrize("name", SHOWN)
def test_other_files_are_sent(client, name):
    with client.get(f"/static/{name}") as response:
        assert response.text == f"this is {name}"


def test_missing_file_is_not_found_either(client):
    assert client.get("/static/none.css").status_code == 404
