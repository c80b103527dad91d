"""Drawing in SVG: a few shapes as text, and the colours that follow the reader's.

A drawing works as a picture on a code host, where the system says light or dark,
and inside a page of the site, whose own colours then come first.
"""

from html import escape

# name -> (the site's variable, light, dark): leather and ink, ink and amber
COLOURS = {
    "ink": ("--book-ink", "#2b2320", "#e9dfce"),
    "muted": ("--book-muted", "#6b5d52", "#b0a18d"),
    "paper": ("--book-paper", "#fbf7ef", "#1b1816"),
    "card": ("--book-card", "#f3ebdd", "#262019"),
    "line": ("--book-line", "#d8c9b2", "#463b30"),
    "accent": ("--book-accent", "#9a4a16", "#f0ac4e"),
    "fresh": ("--book-fresh", "#f6ddbd", "#4a3216"),
}
MONO = (
    "ui-monospace, 'Cascadia Code', 'SF Mono', Menlo, Consolas,"
    " 'DejaVu Sans Mono', monospace"
)
SANS = (
    "system-ui, 'Segoe UI', 'Helvetica Neue', 'Noto Sans', 'Liberation Sans',"
    " sans-serif"
)
# the width of a character of a fixed-width font, as a share of its size
MONO_WIDTH = 0.605


def document(
    width: float, height: float, body: str, label: str, kind: str, role: str = "img"
) -> str:
    """Wrap shapes into a drawing with a text alternative."""
    light = "".join(f"--c-{n}:var({v},{x});" for n, (v, x, _) in COLOURS.items())
    dark = "".join(f"--c-{n}:var({v},{x});" for n, (v, _, x) in COLOURS.items())
    style = (
        f".{kind}{{{light}}}"
        f"@media (prefers-color-scheme:dark){{.{kind}{{{dark}}}}}"
        f".{kind} text{{font-family:{SANS};fill:var(--c-ink)}}"
        f".{kind} .mono{{font-family:{MONO}}}"
        f".{kind} .muted{{fill:var(--c-muted)}}"
        f".{kind} .accent{{fill:var(--c-accent)}}"
        f".{kind} .fresh{{fill:var(--c-fresh);stroke:var(--c-accent)}}"
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="{kind}" role="{role}"'
        f' aria-label="{escape(label)}" viewBox="0 0 {width:g} {height:g}"'
        f' width="{width:g}" height="{height:g}">\n'
        f"<style>{style}</style>\n{body}\n</svg>\n"
    )


def text(
    x: float, y: float, words: str, size: float = 13, kind: str = "", **more: str
) -> str:
    extra = attributes(more)
    named = f' class="{kind}"' if kind else ""
    return (
        f'<text x="{x:g}" y="{y:g}" font-size="{size:g}"{named}{extra}>'
        f"{escape(words)}</text>"
    )


def rect(x: float, y: float, width: float, height: float, **more: str) -> str:
    return (
        f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}"'
        f"{attributes(more)}/>"
    )


def line(x1: float, y1: float, x2: float, y2: float, **more: str) -> str:
    return f'<line x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}"{attributes(more)}/>'


def path(data: str, **more: str) -> str:
    return f'<path d="{data}"{attributes(more)}/>'


def attributes(more: dict[str, str]) -> str:
    """Write attributes; `stroke_width` becomes `stroke-width`."""
    return "".join(
        f' {name.replace("_", "-")}="{escape(value)}"' for name, value in more.items()
    )


def mono_width(words: str, size: float) -> float:
    """Estimate the width of words in a fixed-width font."""
    return len(words) * size * MONO_WIDTH
