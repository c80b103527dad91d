"""What a chapter's live step is given, and where it stands."""

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from costrel.browser import pyodide
from costrel.core.ladder import Ladder, find_root
from costrel.live import site_files, step_data
from costrel.site import front_picture, pages

LADDER = Ladder(find_root())


def data_of(number: int) -> dict:
    return json.loads(step_data.data(LADDER, LADDER.get(number)))


def test_it_is_at_the_end_of_the_section_with_the_first_block_of_the_demo():
    step = LADDER.get(3)
    text = (
        "# Title\n\n<!-- /card -->\n\n## Wish\n\n"
        '```python title="step03_routing/app.py"\na\n```\n\n'
        '```python title="step03_routing/demo.py: party"\n## b\n```\n\nMore.\n\n## Next'
    )

    before, _, after = site_files.placed(text, step).partition('<div class="live"')

    assert before.rstrip().endswith("More.")
    assert after.rstrip().endswith("## Next")
    assert 'data-step="live/03-routing.json"' in after


def test_without_such_a_block_it_is_at_the_end_of_what_follows_the_card():
    text = "# Title\n\n<!-- /card -->\n\nText.\n\n## Next\n\nMore."

    before, live, after = site_files.placed(text, LADDER.get(5)).partition("<div")

    assert before.rstrip().endswith("Text.")
    assert live and after.rstrip().endswith("## Next\n\nMore.")


@pytest.mark.parametrize("step", LADDER.steps, ids=lambda step: step.name)
def test_it_never_interrupts_a_section(step):
    text = step.chapter.read_text(encoding="utf-8")

    placed = site_files.placed(text, step)
    after = placed.partition('class="live"')[2].partition("</div>")[2]

    assert after.lstrip().startswith("## ")


@pytest.mark.parametrize(
    "number, file, line",
    [
        (1, "demo.py", "app = App(__name__)"),
        (5, "testing.py", None),
        (6, "demo.py", "    app.run(port=8000, debug=True)"),
        (15, "demo.py", "SETTINGS = {"),
    ],
)
def test_it_opens_where_the_step_is_new(number, file, line):
    data = data_of(number)

    text = data["files"][file].split("\n")[data["changes"][file] - 1]

    assert data["opens"] == file
    assert line is None or text == line
    assert not text.startswith(("import", "from", '"""'))


def test_a_file_that_a_step_leaves_alone_has_no_change():
    assert "routing.py" in data_of(3)["changes"]
    assert "routing.py" not in data_of(4)["changes"]


def test_loading_is_measured_by_what_a_step_needs():
    packages = {
        "step05-testing": {"file_name": "five.whl", "depends": ["werkzeug"]},
        "werkzeug": {"file_name": "tool.whl", "depends": ["markupsafe"]},
        "markupsafe": {"file_name": "markup.whl", "depends": ["werkzeug"]},
        "ipython": {"file_name": "kernel.whl", "depends": []},
    }
    files = {"five.whl": 1, "tool.whl": 20, "markup.whl": 300, "kernel.whl": 4000}
    runtime = {name: bytes(size) for name, size in files.items()}
    runtime |= dict.fromkeys(pyodide.FETCHED, b"")
    runtime[pyodide.LOCK] = json.dumps({"packages": packages}).encode()

    size = site_files.size(LADDER.get(5), runtime)

    assert size == 321 + len(runtime[pyodide.LOCK])


@pytest.mark.parametrize("step", LADDER.steps, ids=lambda step: step.name)
def test_every_chapter_has_one(step):
    text = step.chapter.read_text(encoding="utf-8")

    assert site_files.placed(text, step).count('class="live"') == 1


def test_the_front_page_leads_to_the_first_if_there_is_one():
    with_it = pages.collect(LADDER, in_browser=True)
    without = pages.collect(LADDER)

    assert 'href="01-wsgi.html#live"' in with_it["index.md"]
    assert 'id="live"' in with_it["01-wsgi.md"]
    assert "#live" not in without["index.md"]


def test_the_front_page_shows_wren_and_an_attack():
    files = pages.collect(LADDER)

    page, picture = str(files["index.md"]), str(files["assets/wren.svg"])

    assert 'src="assets/wren.svg"' in page
    assert "It says: Wren Hello! A bicycle bell that sings." in page
    assert "the attack worked" in page and "The safe is open." in page
    assert (
        f"Step {LADDER.get(front_picture.ATTACKED).number}: the attack failed." in page
    )
    # an image may not load anything, and a page's script is none of it
    assert ElementTree.fromstring(picture).tag.endswith("svg")
    assert "<script" not in picture
    assert re.findall(r'(?:src|href)="(?!data:)[^"]*[.](?:svg|css|js)"', picture) == []


def test_what_a_page_and_its_worker_load_is_there():
    folder = Path(site_files.__file__).parent / "page"
    loaded = [*site_files.SCRIPTS, site_files.EDITOR, site_files.STYLE]

    assert [name for name in loaded if not (folder / name).is_file()] == []
    assert b"import" in site_files.engine()["engine/engine.py"]


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

    files = step_data.files_of(tmp_path)

    assert files == {"a.py": "a = 'ü'\n", "bell.ogg": {"base64": "T2dnU/8="}}
