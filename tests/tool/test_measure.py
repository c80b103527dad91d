"""The verb `measure`: its clock on a ladder of its own, its data about the book."""

import json
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner

from costrel.core.ladder import Ladder, Problem
from costrel.measure import figures, measuring, worker
from costrel.measure.workloads import (
    FLASK,
    PLAIN_FLASK,
    REFERENCES,
    WERKZEUG,
    WORKLOADS,
)
from costrel.verbs.measure import command
from costrel.weave.cost import cost_text

BOOK = Path(__file__).parents[2]
# the smallest application that does the workload hello
APP = """
class App:
    def __init__(self, import_name):
        self.views = {{}}

    def route(self, path):
        return lambda view: self.views.setdefault(path, view)

    def __call__(self, environ, start_response):
        {extra}
        body = self.views[environ["PATH_INFO"]]().encode()
        headers = [("Content-Type", "{kind}")]
        start_response("{status}", headers)
        return [body]
"""
GOOD = {"extra": "pass", "kind": "text/html; charset=utf-8", "status": "200 OK"}
SHORT = measuring.MeasuringPlan(
    rounds=4,
    sittings=2,
    turns=1,
    milliseconds=2,
    starts=0,
    workloads=WORKLOADS[:1],
)


def make_step(root: Path, name: str, **parts: str) -> None:
    package = root / "steps" / name
    package.mkdir(parents=True)
    code = APP.format(**{**GOOD, **parts})
    (package / "__init__.py").write_text(code, encoding="utf-8")


@pytest.fixture
def ladder(tmp_path: Path) -> Ladder:
    make_step(tmp_path, "step01_quick")
    make_step(tmp_path, "step02_slow", extra="sum(range(20_000))")
    return Ladder(tmp_path)


@pytest.fixture
def book() -> Ladder:
    return Ladder(BOOK)


# --- the clock


def test_a_framework_that_does_more_shows_as_slower(ladder: Ladder) -> None:
    times = measuring.measure(ladder, SHORT)["times"]
    quick, slow = times["step01_quick"]["hello"], times["step02_slow"]["hello"]
    assert slow["low"] > 3 * quick["high"]
    assert quick["ratio"] < times[WERKZEUG]["hello"]["ratio"] < 1


def test_flask_is_the_measure_of_all(ladder: Ladder) -> None:
    times = measuring.measure(ladder, SHORT)["times"]
    own = times[FLASK]["hello"]
    assert own["ratio"] == own["low"] == own["high"] == 1
    # so short a run can't tell it from Flask with a key, only that it is no step
    assert times[PLAIN_FLASK]["hello"]["ratio"] > 0.3


def test_waiting_is_not_counted(tmp_path: Path) -> None:
    make_step(tmp_path, "step01_sleeper", extra="__import__('time').sleep(0.001)")
    times = measuring.measure(Ladder(tmp_path), SHORT)["times"]
    # a millisecond is ten times as long as what Flask computes
    assert times["step01_sleeper"]["hello"]["ratio"] < 3


@pytest.mark.parametrize(
    ("part", "change"),
    [
        ("status", {"status": "201 Created"}),
        ("content type", {"kind": "text/plain"}),
        ("body", {"extra": "self.views = {'/': lambda: 'Hello'}"}),
    ],
)
def test_other_work_is_refused(
    tmp_path: Path, part: str, change: dict[str, str]
) -> None:
    make_step(tmp_path, "step01_other", **change)
    with pytest.raises(Problem, match=f"step01_other answers 'hello' with the {part}"):
        measuring.measure(Ladder(tmp_path), SHORT)


def test_a_step_that_does_not_import_gets_one_sentence(tmp_path: Path) -> None:
    make_step(tmp_path, "step01_broken", extra="(")
    with pytest.raises(Problem, match="step01_broken could not be measured: Syntax"):
        measuring.measure(Ladder(tmp_path), SHORT)


def test_every_framework_of_the_book_does_the_same_work(book: Ladder) -> None:
    plan = replace(SHORT, workloads=measuring.QUICK.workloads)
    workers = {
        name: measuring.FrameworkProcess(name, BOOK)
        for name in measuring.candidates(book)
    }
    try:
        measuring.check_same_work(book, workers, plan)
    finally:
        for worker in workers.values():
            worker.__exit__()


def test_rounds_are_shared_among_the_sittings() -> None:
    assert [measuring.share(30, 4, index) for index in range(4)] == [7, 8, 7, 8]


def test_a_figure_is_the_median_of_ratios_not_the_ratio_of_medians() -> None:
    # the machine was slow in the third round, for both
    figure = measuring.figures([1.0, 1.2, 9.0], [2.0, 2.0, 20.0])
    assert figure["ratio"] == 0.5
    assert figure["low"] <= 0.5 <= figure["high"]


def test_a_workload_that_no_step_can_do_yet_is_left_out(ladder: Ladder) -> None:
    plan = replace(SHORT, workloads=WORKLOADS)
    assert [each.since for each in measuring.ready(ladder, plan.workloads)] == [1]
    data = measuring.measure(ladder, replace(plan, rounds=2, sittings=1))
    assert list(data["workloads"]) == ["hello"]
    assert "Hello" in figures.speed_tables(data)


def test_a_start_is_measured_in_fresh_processes(tmp_path: Path) -> None:
    make_step(tmp_path, "step01_quick")
    make_step(tmp_path, "step02_slow")
    slow = tmp_path / "steps/step02_slow/__init__.py"
    code = slow.read_text(encoding="utf-8") + "\nsum(range(20_000_000))\n"
    slow.write_text(code, encoding="utf-8")
    ladder = Ladder(tmp_path)
    starts = measuring.starts(ladder, replace(SHORT, starts=2), lambda words: None)
    quick, slower = (starts["import"][step.name] for step in ladder.steps)
    assert slower["ratio"] > 2 * quick["ratio"]
    assert starts["make"][FLASK]["ratio"] == 1
    assert starts["make"]["step01_quick"]["ratio"] < 1


def test_a_cookie_comes_back() -> None:
    workload = next(each for each in WORKLOADS if each.name == "session")
    visit = worker.RepeatedRequest(FLASK, workload)
    assert visit.show()["body"] == "2"


# --- the data of the book


def test_the_data_is_complete_and_about_these_steps(book: Ladder) -> None:
    assert list(measuring.stale(book, measuring.load(book))) == []


def test_the_page_and_the_plots_show_the_data(book: Ladder) -> None:
    assert list(figures.stale(book, measuring.load(book))) == []


def test_a_missing_step_a_missing_figure_and_an_edit_make_the_data_stale(
    book: Ladder,
) -> None:
    data = measuring.load(book)
    newest = book.newest.name
    without_step = {name: t for name, t in data["times"].items() if name != newest}
    assert any(measuring.stale(book, data | {"times": without_step}))
    times = data["times"] | {newest: {"hello": data["times"][newest]["hello"]}}
    assert f"{newest} has no figure for 'dynamic'" in list(
        measuring.stale(book, data | {"times": times})
    )
    sizes = data["sizes"] | {newest: {"lines": 1, "statements": 1}}
    assert list(measuring.stale(book, data | {"sizes": sizes}))


def newest_measured(data: measuring.Data) -> str:
    return [name for name in data["times"] if name not in REFERENCES][-1]


def test_the_aims_are_kept(book: Ladder) -> None:
    data = measuring.load(book)
    times = data["times"][newest_measured(data)]
    assert set(figures.AIMS) <= {workload.name for workload in WORKLOADS}
    for workload in times.keys() & figures.AIMS.keys():
        aim = figures.AIMS[workload] + figures.SLACK
        assert times[workload]["ratio"] <= aim, workload


def test_time_does_not_grow_with_the_number_of_routes(book: Ladder) -> None:
    data = measuring.load(book)
    assert data["growth"][newest_measured(data)]["ratio"] < 1.1


def test_the_data_names_no_machine_and_no_person(book: Ladder) -> None:
    import getpass
    import platform

    text = measuring.data_file(book).read_text(encoding="utf-8")
    assert set(json.loads(text)["machine"]) == {"processor", "cores", "system"}
    assert platform.node() not in text or not platform.node()
    assert f'"{getpass.getuser()}"' not in text


# --- what the book quotes


def test_the_cost_of_a_step_is_read_from_the_data(book: Ladder) -> None:
    text = cost_text(book, book.get("step03_routing"))
    data = measuring.load(book)
    assert f"to {data['sizes']['step03_routing']['lines']}." in text
    ratio = data["times"]["step03_routing"]["dynamic"]["ratio"]
    assert f"one of 50: {ratio:.0%}" in text
    assert "[How this is measured](performance.md)" in text


def test_the_first_step_has_no_step_before(book: Ladder) -> None:
    text = cost_text(book, book.steps[0])
    assert "The framework has" in text
    assert "step 0" not in text


@pytest.fixture
def two_steps(ladder: Ladder) -> Ladder:
    """Write data for the two steps, in which the second is a little slower."""

    def hello(ratio: float, spread: float = 0.01) -> dict[str, dict[str, float]]:
        low, high = ratio - spread, ratio + spread
        figure = {"ratio": ratio, "low": low, "high": high, "microseconds": 9.0}
        return {"hello": figure}

    times = {"step01_quick": hello(0.2), "step02_slow": hello(0.3), FLASK: hello(1, 0)}
    measuring.save(
        ladder,
        {
            "workloads": {"hello": {"title": "Hello", "since": 1}},
            "times": times,
            "sizes": {
                "step01_quick": {"lines": 9, "statements": 8},
                "step02_slow": {"lines": 12, "statements": 9},
            },
        },
    )
    return ladder


def test_a_clear_difference_is_told_and_an_unclear_one_too(two_steps: Ladder) -> None:
    step = two_steps.steps[1]
    told = cost_text(two_steps, step)
    assert "grows by 3 lines of code, from 9 to 12." in told
    assert "takes 30% of the time it takes in Flask; in step 1 it was 20%." in told
    data = measuring.load(two_steps)
    data["times"]["step02_slow"]["hello"]["low"] = 0.205
    measuring.save(two_steps, data)
    assert "20%, but noisy" in cost_text(two_steps, step)


def test_a_step_without_figures_gets_the_right_call(
    two_steps: Ladder, tmp_path: Path
) -> None:
    make_step(tmp_path, "step03_new")
    make_step(tmp_path, "step04_newer")
    with pytest.raises(Problem, match="step03_new has not been measured: costrel"):
        cost_text(Ladder(tmp_path), Ladder(tmp_path).get(3))
    measuring.data_file(two_steps).unlink()
    with pytest.raises(Problem, match=r"Nothing is measured yet.*costrel measure"):
        cost_text(two_steps, two_steps.steps[0])


@pytest.mark.parametrize("data", [b"{", b"[]", b"{}", b"\xff"])
def test_broken_data_gets_one_sentence(two_steps: Ladder, data: bytes) -> None:
    measuring.data_file(two_steps).write_bytes(data)
    with pytest.raises(Problem, match=r"is broken .*costrel measure"):
        measuring.load(two_steps)


def test_a_step_that_is_no_python_gets_one_sentence(two_steps: Ladder) -> None:
    module = two_steps.newest.package / "__init__.py"
    module.write_text("def (:", encoding="utf-8")
    with pytest.raises(Problem, match=r"__init__\.py is no Python"):
        measuring.sizes(two_steps)


# --- plots and tables


@pytest.mark.parametrize("name", ["speed.svg", "size.svg"])
def test_a_plot_is_a_drawing_with_words_for_those_who_cannot_see_it(name: str) -> None:
    path = BOOK / "chapters" / "assets" / name
    root = ElementTree.parse(path).getroot()
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert len(root.attrib["aria-label"]) > 40
    style = root.findtext("{http://www.w3.org/2000/svg}style") or ""
    assert "prefers-color-scheme:dark" in style
    assert "var(--book-ink" in style


def test_a_longer_time_is_a_longer_bar(book: Ladder) -> None:
    data = measuring.load(book)
    plot = ElementTree.fromstring(figures.speed_plot(data))
    bars = plot.findall("{http://www.w3.org/2000/svg}rect")
    widths = [float(bar.attrib["width"]) for bar in bars]
    names = [name for name, times in data["times"].items() if "hello" in times]
    ratios = [data["times"][name]["hello"]["ratio"] for name in names]
    pairs = sorted(zip(ratios, widths[: len(names)], strict=True))
    assert [width for _, width in pairs] == sorted(width for _, width in pairs)
    assert len(set(ratios)) > 2


def test_a_region_is_filled_and_the_rest_of_the_page_is_left_alone(
    book: Ladder,
) -> None:
    data = measuring.load(book)
    page = "Before.\n<!-- sizes -->\nold\n<!-- /sizes -->\nAfter. <!-- numbers -->\n"
    filled = figures.regions(page, data)
    assert filled.startswith("Before.\n<!-- sizes -->\n")
    assert filled.endswith("<!-- /sizes -->\nAfter. <!-- numbers -->\n")
    assert "old" not in filled
    assert figures.regions(filled, data) == filled


def test_every_framework_has_a_row_in_the_table(book: Ladder) -> None:
    table = figures.speed_tables(measuring.load(book))
    for name in [*(step.name for step in book.steps), *REFERENCES]:
        assert f"| {figures.title(name)} |" in table


def test_many_kinds_of_request_are_shared_among_tables() -> None:
    figure = {"ratio": 0.5, "low": 0.4, "high": 0.6, "microseconds": 9.0}
    names = [f"kind{number}" for number in range(figures.COLUMNS + 1)]
    data = {
        "workloads": {name: {"title": name, "since": 1} for name in names},
        "times": {
            "step01_first": {names[0]: figure},
            "step02_next": dict.fromkeys(names, figure),
        },
    }

    first, second = figures.speed_tables(data).split("\n\n")

    assert names[-1] in second and names[-1] not in first
    assert "| step 1, first | 0.50 (0.40–0.60) | – |" in first
    assert "step 1" not in second and "step 2" in second


def test_panels_but_the_first_leave_the_steps_between_out() -> None:
    figure = {"ratio": 0.5, "low": 0.4, "high": 0.6, "microseconds": 9.0}
    times = {
        f"step{number:02}_x": {"one": figure, "two": figure} for number in range(1, 5)
    }
    data = {
        "workloads": {name: {"title": name, "since": 1} for name in ("one", "two")},
        "times": times | {FLASK: {"one": figure, "two": figure}},
    }

    plot = figures.speed_plot(data)

    assert plot.count(">step 2, x<") == 1
    assert plot.count(">step 1, x<") == plot.count(">step 4, x<") == 2


def test_newest_step_without_times_is_a_draft(two_steps: Ladder) -> None:
    make_step(two_steps.root, "step03_new")
    book = Ladder(two_steps.root)
    data = measuring.load(book) | {"sizes": measuring.sizes(book)}
    measuring.save(book, data)

    assert not [words for words in measuring.stale(book, data) if "step03" in words]
    assert cost_text(book, book.newest) == (
        "What it costs has not been measured yet.\n"
    )


# --- the verb


def test_check_passes_on_the_book(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COSTREL_ROOT", str(BOOK))
    result = CliRunner().invoke(command, ["--check"])
    assert result.exit_code == 0, result.output


def test_check_fails_with_the_right_call_when_a_step_is_missing(
    two_steps: Ladder, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_step(two_steps.root, "step03_new")
    monkeypatch.setenv("COSTREL_ROOT", str(two_steps.root))
    result = CliRunner().invoke(command, ["--check"])
    assert result.exit_code == 1
    assert "step03_new" in result.output
    assert "Run `costrel measure`" in result.output
