"""What the files at the root promise: locks, README, and where things are named."""

import json
import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from costrel.core.ladder import Ladder

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
# the groups that an environment is made of, and the one for Python in the browser
GROUPS = ("base", "read", "test", "notebook", "browser", "dev")
LOCKED = (*GROUPS, "pyodide")
ENTRY = re.compile(
    r"([\w.-]+)==(\S+)(?: ; [^\\]+)?((?: \\\n    --hash=sha256:\w{64})+)"
)


def lock(group: str) -> dict[str, tuple[str, str]]:
    """Read a lock: name -> (version, hashes). Fail at a line that is neither."""
    text = (ROOT / "requirements" / f"{group}.txt").read_text("utf-8")
    rest = ENTRY.sub("", text).strip()
    assert rest == "", f"requirements/{group}.txt holds {rest[:80]!r}"
    return {name: (version, found) for name, version, found in ENTRY.findall(text)}


def wanted(group: str) -> list[Requirement]:
    """List what a group asks for, with the groups that it includes."""
    found = []
    for line in PROJECT["dependency-groups"][group]:
        if isinstance(line, dict):
            found += wanted(line["include-group"])
        else:
            found.append(Requirement(line))
    return found


@pytest.mark.parametrize("group", LOCKED)
def test_a_lock_has_what_its_group_asks_for(group: str) -> None:
    locked = lock(group)

    for requirement in wanted(group):
        name = canonicalize_name(requirement.name)
        assert name in locked, f"{name}: run `python requirements/lock.py`"
        version, _ = locked[name]
        assert requirement.specifier.contains(version, prereleases=True)


@pytest.mark.parametrize("group", GROUPS)
def test_a_lock_agrees_with_that_of_dev_which_holds_them_all(group: str) -> None:
    everything = lock("dev")

    for name, entry in lock(group).items():
        assert everything.get(name) == entry


@pytest.mark.parametrize("group", [group for group in GROUPS if group != "base"])
def test_each_lock_contains_the_base(group: str) -> None:
    assert lock("base").keys() <= lock(group).keys()


def test_the_browser_has_the_versions_that_run_elsewhere() -> None:
    everywhere = {name: version for name, (version, _) in lock("dev").items()}
    there = {name: version for name, (version, _) in lock("pyodide").items()}

    for name in there.keys() & everywhere.keys():
        assert there[name] == everywhere[name]
    assert {"werkzeug", "jinja2", "markupsafe"} <= there.keys() & everywhere.keys()


@pytest.mark.parametrize("name", ["package.json", "package-lock.json"])
def test_npm_is_told_no_registry(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")

    # where money for a package can be given is no place to load it from
    assert not re.search(r'"resolved"|registry|file:|"version": "https?:', text)


def test_npm_s_packages_have_exact_versions_that_are_locked() -> None:
    wanted = json.loads((ROOT / "package.json").read_text("utf-8"))
    locked = json.loads((ROOT / "package-lock.json").read_text("utf-8"))["packages"]

    for name, version in (wanted["dependencies"] | wanted["devDependencies"]).items():
        assert locked[f"node_modules/{name}"]["version"] == version
    assert all(entry.get("integrity") for path, entry in locked.items() if path)


def test_scripts_in_the_environment_are_no_modules_because_of_the_book() -> None:
    """JupyterLab brings scripts without a package.json; .venv is inside the book."""
    assert "type" not in json.loads((ROOT / "package.json").read_text("utf-8"))


@pytest.mark.parametrize("group", LOCKED)
def test_a_lock_names_no_index(group: str) -> None:
    text = (ROOT / "requirements" / f"{group}.txt").read_text("utf-8")

    assert not re.search(r"://|--(extra-)?index-url|--find-links", text)


def test_the_locks_are_those_that_book_py_and_the_project_know() -> None:
    files = {path.stem for path in (ROOT / "requirements").glob("*.txt")}

    assert files == set(LOCKED) == set(PROJECT["dependency-groups"])
    assert str(GROUPS).replace("'", '"') in (ROOT / "book.py").read_text("utf-8")


def test_the_readme_lists_the_parts_and_the_chapters_of_the_ladder() -> None:
    ladder = tomllib.loads((ROOT / "chapters" / "ladder.toml").read_text("utf-8"))
    steps = {step.name: step for step in Ladder(ROOT).steps}
    rows = []
    for part in ladder["part"]:
        told = [each for each in part["steps"] if each["name"] in steps]
        if told:
            rows.append(f"Part {part['number']}: {part['title']}")
        for each in told:
            step = steps[each["name"]]
            link = f"[{step.number}. {each['title']}](chapters/{step.slug}.md)"
            rows.append(f"{link} | {each['wish']}")

    readme = (ROOT / "README.md").read_text("utf-8")

    found = re.findall(r"^\| \**(Part .*?|\[\d+\. .*?)\** \|(?: \|)?$", readme, re.M)
    assert found == rows


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_links_to_files_hold(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", text)

    for link in links:
        assert (ROOT / link).exists(), f"{name} links to {link}"
