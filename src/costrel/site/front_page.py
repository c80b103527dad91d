"""The front page: the ladder, what readers will have built, and the list of steps."""

from html import escape
from typing import Any

from costrel.core.ladder import Ladder
from costrel.site.front_picture import ATTACKED, HEIGHT, WIDTH, Portrait
from costrel.weave import ladder_picture

Parts = list[dict[str, Any]]


def listing(ladder: Ladder, parts: Parts, titles: dict[str, str]) -> str:
    """List all steps by part: a link where there is a chapter, else 'to come'."""
    return "\n".join(list_part(ladder, part, titles) for part in parts)


def list_part(ladder: Ladder, part: dict[str, Any], titles: dict[str, str]) -> str:
    rows = "\n".join(list_step(ladder, listed, titles) for listed in part["steps"])
    start = int(part["steps"][0]["name"][4:6])
    return (
        f'<section class="part">\n<h3 id="part-{part["number"].lower()}">'
        f'<span class="part__number">Part {part["number"]}</span>'
        f" {escape(part['title'])}</h3>\n"
        f'<ol start="{start}">\n{rows}\n</ol>\n</section>'
    )


def list_step(ladder: Ladder, listed: dict[str, str], titles: dict[str, str]) -> str:
    title, wish = escape(listed["title"]), escape(listed["wish"])
    if listed["name"] in titles:
        slug = ladder.get(listed["name"]).slug
        return f'<li><a href="{slug}.html">{title}</a> <span>{wish}</span></li>'
    return (
        f'<li class="to-come"><b>{title}</b> <span>{wish}</span>'
        ' <em class="spoken">(to come)</em></li>'
    )


def drawing(ladder: Ladder, parts: Parts, titles: dict[str, str]) -> str:
    hrefs = {name: f"{ladder.get(name).slug}.html" for name in titles}
    return f'<div class="ladder">\n{ladder_picture.draw(parts, hrefs)}\n</div>'


# --- what readers will have built

PAGE = """\
<figure class="page">
<p class="page__address" aria-hidden="true">http://localhost:8000/</p>
<img src="{file}" width="{width}" height="{height}" \
alt="Wren's page: a bird that sings on a bicycle bell. It says: {text}">
<figcaption>Wren's page, as step {number} serves it.</figcaption>
</figure>"""
ATTACK = """\
<figure class="attack">
<h3>{title}</h3>
<p>{story}</p>
<pre>{line}
{cookie}</pre>
{sides}
<figcaption><a href="{href}">{link}</a></figcaption>
</figure>"""
SIDE = """\
<p class="attack__side" data-worked="{worked}">{label}<br><q>{says}</q></p>"""


def built(
    ladder: Ladder, portrait: Portrait, picture: str, in_browser: bool = False
) -> str:
    """Show Wren's page, whose picture is in a file, beside an attack."""
    page = PAGE.format(
        file=picture,
        width=WIDTH,
        height=HEIGHT,
        text=escape(portrait.text),
        number=ladder.newest.number,
    )
    attack = attacked(ladder, portrait.attack, in_browser)
    return f'<div class="built">\n{page}\n{attack}\n</div>'


def attacked(ladder: Ladder, attack: dict[str, Any], in_browser: bool) -> str:
    step = ladder.get(ATTACKED)
    asked = attack["step"]
    sides = [
        side("The version everyone writes first", attack["naive"]),
        side(f"Step {step.number}", asked),
    ]
    return ATTACK.format(
        title=escape(attack["title"]),
        story=escape(attack["story"]),
        line=escape(asked["line"]),
        cookie=escape(f"Cookie: {asked['cookie']}"),
        sides="\n".join(sides),
        href=f"{step.slug}.html" + ("#live" if in_browser else ""),
        link="Run this attack yourself" if in_browser else "How the step stops her",
    )


def side(name: str, answer: dict[str, Any]) -> str:
    worked = answer["worked"]
    return SIDE.format(
        worked=str(worked).lower(),
        label=f"{name}: the attack {'worked' if worked else 'failed'}.",
        says=escape(answer["says"]),
    )
