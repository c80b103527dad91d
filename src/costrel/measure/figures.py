"""The measured figures as the performance page shows them: tables and plots.

The figures themselves are taken by `measuring`.
"""

from collections.abc import Iterator
from pathlib import Path

from costrel.core import svg
from costrel.core.ladder import Ladder
from costrel.measure.measuring import Data
from costrel.measure.workloads import FLASK, REFERENCES

# workload -> the share of Flask's time that the newest step may take
AIMS = {
    **dict.fromkeys(("hello", "dynamic", "dynamic-10000", "not-found"), 0.4),
    **dict.fromkeys(("hooks", "json"), 0.4),
    **dict.fromkeys(("template", "session"), 0.65),
    "static": 0.7,
}
# so far past an aim a step may be: the page says which are missed, and by how much;
# the same code differs by a quarter of this from one processor to another
SLACK = 0.13
# flask.py of the source distribution Flask-0.1.tar.gz, counted as all others are, with
# `except Error, name` in the words of Python 3
FIRST_FLASK = {"Flask 0.1, of 2010": {"lines": 215, "statements": 192}}
# page that looks back -> the step after which it does
LOOKS_BACK = {"flask-0.1.md": "step13_sessions", "flask-3.1.md": "step20_async"}
# the pages with measured figures
PAGES = ("performance.md", *LOOKS_BACK)
# so many kinds of request fit into one table
COLUMNS = 4
# the plots, in units of the drawing
WIDTH, LABELS, FIGURES, ROW, HEAD = 480.0, 172.0, 46.0, 19.0, 46.0
ROOM = WIDTH - LABELS - FIGURES


def title(name: str) -> str:
    """Name a framework for people: `step03_routing` is step 3, routing."""
    if name in REFERENCES:
        return REFERENCES[name]
    number, _, topic = name.removeprefix("step").partition("_")
    return f"step {int(number)}, {topic}"


def write(ladder: Ladder, data: Data) -> list[Path]:
    """Write the plots and the generated regions; return what was written."""
    files = outputs(ladder, data)
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    return list(files)


def stale(ladder: Ladder, data: Data) -> Iterator[str]:
    """Name the files that do not show these figures."""
    for path, text in outputs(ladder, data).items():
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            yield f"{path.relative_to(ladder.root).as_posix()} shows other figures"


def outputs(ladder: Ladder, data: Data) -> dict[Path, str]:
    chapters = ladder.root / "chapters"
    files = {
        chapters / "assets" / "speed.svg": speed_plot(data),
        chapters / "assets" / "size.svg": size_plot(data),
    }
    for name in PAGES:
        page = chapters / name
        if page.is_file():
            text = page.read_text(encoding="utf-8")
            files[page] = regions(text, data, LOOKS_BACK.get(name))
    return files


def regions(text: str, data: Data, step: str | None = None) -> str:
    """Fill the generated regions of a page; those it does not have are left out.

    A page that looks back shows what requests take at its step.
    """
    bodies = {
        "machine": machine_sentence(data),
        "numbers": f"{speed_picture(data)}\n\n{speed_tables(data)}",
        "flat": flat_sentence(data),
        "sizes": f"{size_picture(data)}\n\n{size_table(data)}",
    }
    if data.get("starts"):
        bodies["starts"] = start_table(data)
    if step and step in data["times"]:
        bodies["today"] = today_sentence(data, step)
    for name, body in bodies.items():
        start, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
        if start in text and end in text:
            head, _, rest = text.partition(start)
            text = f"{head}{start}\n{body}\n\n{end}{rest.partition(end)[2]}"
    return text


# --- sentences and tables


def machine_sentence(data: Data) -> str:
    machine, versions = data["machine"], dict(data["versions"])
    python = versions.pop("python")
    libraries = ", ".join(f"{name} {number}" for name, number in versions.items())
    return (
        f"Measured on {data['date']} in {data['rounds']} rounds: "
        f"{machine['processor']},\n"
        f"{machine['cores']} cores, {machine['system']}, {python}.\n"
        f"Libraries: {libraries}."
    )


def flat_sentence(data: Data) -> str:
    """Say what two hundred times as many routes do to the newest step."""
    newest = [name for name in data["growth"] if name not in REFERENCES][-1]
    growth = data["growth"][newest]
    return (
        f"With 10,000 routes instead of 50, {title(newest).partition(',')[0]} took "
        f"{growth['ratio']:.2f} times as long for a dynamic route\n"
        f"(the middle half of the rounds: {growth['low']:.2f} to {growth['high']:.2f})."
    )


def today_sentence(data: Data, step: str) -> str:
    """Say what requests take at a step."""
    times = data["times"][step]
    words = [
        f"{data['workloads'][name]['title']}: {times[name]['ratio']:.2f}"
        for name in data["workloads"]
        if name in times
    ]
    listed = "\n".join(f"- {each}" for each in words)
    number = title(step).partition(",")[0]
    flask = data["versions"]["flask"]
    return (
        f"Of the time that Flask {flask} takes, {number} takes this share:\n\n{listed}"
    )


def speed_tables(data: Data) -> str:
    """Make a table for every few workloads: one for all would be too wide to read."""
    names = list(data["workloads"])
    groups = [names[start : start + COLUMNS] for start in range(0, len(names), COLUMNS)]
    return "\n\n".join(speed_table(data, group) for group in groups)


def speed_table(data: Data, workloads: list[str]) -> str:
    heads = [data["workloads"][name]["title"] for name in workloads]
    return table(
        heads,
        {
            name: [times.get(workload) for workload in workloads]
            for name, times in data["times"].items()
        },
    )


def start_table(data: Data) -> str:
    """Make the table of what a start costs: the import, and an application."""
    imports, makes = data["starts"]["import"], data["starts"]["make"]
    rows = {name: [imports[name], makes[name]] for name in imports}
    return table(["Import", "Making an application"], rows)


def table(heads: list[str], rows: dict[str, list[dict[str, float] | None]]) -> str:
    """Make a table of ratios; who has none of them has no row."""
    lines = ["| Framework | " + " | ".join(heads) + " |"]
    lines.append("|---|" + "---:|" * len(heads))
    for name, row in rows.items():
        if any(row):
            cells = " | ".join(map(cell, row))
            lines.append(f"| {title(name)} | {cells} |")
    return "\n".join(lines)


def cell(figure: dict[str, float] | None) -> str:
    if figure is None:
        return "–"
    if figure["ratio"] == figure["low"] == figure["high"] == 1:
        return "1"
    spread = f"{figure['low']:.2f}–{figure['high']:.2f}"
    return f"{figure['ratio']:.2f} ({spread})"


def size_table(data: Data) -> str:
    rows = ["| Framework | Lines of code | Statements |", "|---|---:|---:|"]
    named = {title(name): size for name, size in data["sizes"].items()}
    flask = named.pop(title(FLASK))
    for name, size in (named | FIRST_FLASK | {title(FLASK): flask}).items():
        rows.append(f"| {name} | {size['lines']:,} | {size['statements']:,} |")
    return "\n".join(rows)


# --- plots


def speed_label(data: Data) -> str:
    """Put a plot into words: its highest step beside the others, for each request."""
    newest = [name for name in data["times"] if name not in REFERENCES][-1]
    times = data["times"][newest]
    parts = [
        f"{listed['title']} {times[workload]['ratio']:.2f}"
        for workload, listed in data["workloads"].items()
        if workload in times
    ]
    return (
        "Bars for each kind of request: the share of Flask's time that a step takes, "
        "for the first request all steps, for the others the first step that can "
        f"answer it and the newest. The newest, {title(newest)}: {'; '.join(parts)}."
    )


def size_label(data: Data) -> str:
    sizes = [size["lines"] for name, size in data["sizes"].items() if name != FLASK]
    return (
        f"Bars for each step: the lines of code of the framework, from {sizes[0]} "
        f"in the first step to {sizes[-1]} in the newest."
    )


def speed_picture(data: Data) -> str:
    return f"![{speed_label(data)}](assets/speed.svg)"


def size_picture(data: Data) -> str:
    return f"![{size_label(data)}](assets/size.svg)"


def speed_plot(data: Data) -> str:
    """Draw a panel of bars for each workload, one below the other."""
    shapes: list[str] = []
    top = 0.0
    for number, (workload, listed) in enumerate(data["workloads"].items()):
        times = {
            name: figures[workload]
            for name, figures in data["times"].items()
            if workload in figures
        }
        times = first_and_newest(times) if number else times
        words = f"{listed['title']}: share of Flask's time"
        shapes += panel(top, words, times, AIMS.get(workload))
        top += HEAD + ROW * len(times)
    return svg.document(WIDTH, top + 8, "\n".join(shapes), speed_label(data), "speed")


def first_and_newest(times: dict[str, dict[str, float]]) -> dict[str, dict[str, float]]:
    """Leave the steps between out: they differ little, and the table has them."""
    steps = [name for name in times if name not in REFERENCES]
    return {name: figure for name, figure in times.items() if name not in steps[1:-1]}


def panel(
    top: float, words: str, times: dict[str, dict[str, float]], aim: float | None
) -> Iterator[str]:
    scale = ROOM / max([1.0, *(figure["high"] for figure in times.values())])
    foot = top + HEAD + ROW * len(times)
    yield svg.text(0, top + 18, words, 14, font_weight="600")
    lines = {"Flask": 1.0} | ({f"aim {aim:.2f}": aim} if aim else {})
    for label, share in lines.items():
        x = LABELS + share * scale
        style = {"stroke": "var(--c-muted)", "stroke_dasharray": "2 3"}
        yield svg.line(x, top + HEAD - 6, x, foot, **style)
        yield svg.text(x, top + HEAD - 9, label, 11, "muted", text_anchor="middle")
    for index, (name, figure) in enumerate(times.items()):
        yield from bar(top + HEAD + ROW * index, name, figure, scale)


def bar(y: float, name: str, figure: dict[str, float], scale: float) -> Iterator[str]:
    """Draw a framework's bar, the middle half of its rounds as a line, its figure."""
    colour = "var(--c-line)" if name in REFERENCES else "var(--c-accent)"
    middle = y + ROW / 2
    yield svg.text(LABELS - 8, middle + 4, title(name), 12, text_anchor="end")
    yield svg.rect(LABELS, y + 3, figure["ratio"] * scale, ROW - 6, fill=colour)
    ends = [LABELS + figure[end] * scale for end in ("low", "high")]
    yield svg.line(
        ends[0], middle, ends[1], middle, stroke="var(--c-ink)", stroke_width="2"
    )
    yield svg.text(WIDTH, middle + 4, f"{figure['ratio']:.2f}", 12, text_anchor="end")


def size_plot(data: Data) -> str:
    """Draw a bar for the lines of code of each step."""
    sizes = {name: size for name, size in data["sizes"].items() if name != FLASK}
    scale = ROOM / max([1, *(size["lines"] for size in sizes.values())])
    shapes = [svg.text(0, 18, "Lines of code of the framework", 14, font_weight="600")]
    for index, (name, size) in enumerate(sizes.items()):
        y = 32 + ROW * index
        label, figure = title(name), str(size["lines"])
        width = size["lines"] * scale
        shapes += [
            svg.text(LABELS - 8, y + ROW / 2 + 4, label, 12, text_anchor="end"),
            svg.rect(LABELS, y + 3, width, ROW - 6, fill="var(--c-accent)"),
            svg.text(WIDTH, y + ROW / 2 + 4, figure, 12, text_anchor="end"),
        ]
    height = 32 + ROW * len(sizes) + 8
    return svg.document(WIDTH, height, "\n".join(shapes), size_label(data), "size")
