"""What a chapter's live step is given, and where it stands."""

import json
from pathlib import Path

import pytest

from costrel import pages
from costrel.inbrowser import livedata, livestep
from costrel.ladder import Ladder, find_root

LADDER = Ladder(find_root())


def data_of(number: int) -> dict:
    return json.loads(livedata.data(LADDER, LADDER.get(number)))


def test_it_stands_below_the_first_block_of_the_demo():
    step = LADDER.get(3)
    text = (
        "# Title\n\n<!-- /card -->\n\n"
        '```python title="step03_routing/app.py"\na\n```\n\n'
        '```python title="step03_routing/demo.py: party"\nb\n```\n\nMore.'
    )

    before, _, after = livestep.placed(text, step).partition('<div class="live"')

    assert before.rstrip().endswith("b\n```")
    assert after.rstrip().endswith("More.")
    assert 'data-step="live/03-routing.json"' in after


def test_without_such_a_block_it_stands_below_the_card():
    text = "# Title\n\n<!-- /card -->\n\nText."

    before, live, after = livestep.placed(text, LADDER.get(5)).partition("<div")

    assert before.rstrip().endswith("<!-- /card -->")
    assert live and after.rstrip().endswith("Text.")


@pytest.mark.parametrize("step", LADDER.steps, ids=lambda step: step.name)
def test_every_chapter_has_one(step):
    text = step.chapter.read_text(encoding="utf-8")

    assert livestep.placed(text, step).count('class="live"') == 1


def test_the_front_page_leads_to_the_first_if_there_is_one():
    with_it = pages.collect(LADDER, in_browser=True)
    without = pages.collect(LADDER)

    assert 'href="01-wsgi.html#live"' in with_it["index.md"]
    assert 'id="live"' in with_it["01-wsgi.md"]
    assert "#live" not in without["index.md"]


def test_what_the_worker_and_the_page_load_is_there():
    files = livestep.sources()

    assert {"engine.py", "worker.js", "page/page.js", "page/live.css"} <= set(files)
    assert all(b"import" in files[name] for name in ("engine.py", "page/page.js"))


def test_the_demo_comes_first_and_every_file_is_there():
    data = data_of(12)

    assert data["demo"][0] == "demo.py"
    assert "templates/index.html" in data["demo"]
    assert "static/wren.css" in data["demo"]
    assert "app.py" in data["files"] and "app.py" not in data["demo"]


@pytest.mark.parametrize(
    "number, method, path, kind, body",
    [
        (1, "GET", "/", None, ""),
        (4, "POST", "/guests", "application/x-www-form-urlencoded", "email=nobody"),
        (8, "GET", "/language?code=de", None, ""),
        (14, "GET", "/", None, ""),
    ],
)
def test_the_first_visit_is_the_one_of_the_chapter_s_map_or_one_that_says_more(
    number, method, path, kind, body
):
    visit = data_of(number)["visit"]

    assert (visit["method"], visit["path"]) == (method, path)
    assert visit["headers"].get("Content-Type") == kind
    assert visit["body"] == body


def test_a_function_leads_to_the_newest_chapter_that_shows_it():
    places = data_of(3)["places"]

    assert places["demo.py: song"].startswith("03-routing.html#")
    # a comment in code is no heading
    assert not any("#the-colleague" in place for place in data_of(7)["places"].values())


def test_a_file_that_is_no_text_is_base64(tmp_path: Path):
    (tmp_path / "bell.ogg").write_bytes(b"OggS\xff")
    (tmp_path / "a.py").write_text("a = 'ü'\n", encoding="utf-8")

    files = livedata.files_of(tmp_path)

    assert files == {"a.py": "a = 'ü'\n", "bell.ogg": {"base64": "T2dnU/8="}}
