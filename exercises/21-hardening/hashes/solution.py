"""Sources that allow inline scripts by their text."""

from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser

# types of scripts that run (HTML, section 4.12.1)
JAVASCRIPT = {"", "module", "text/javascript", "application/javascript"}


def script_hash(text: str) -> str:
    digest = sha256(text.encode()).digest()
    return f"'sha256-{b64encode(digest).decode()}'"


class Scripts(HTMLParser):
    """Collects the texts of a page's inline scripts."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.texts: list[str] = []
        self.inside = False

    def handle_starttag(
        self, tag: str, attributes: list[tuple[str, str | None]]
    ) -> None:
        given = dict(attributes)
        kind = (given.get("type") or "").strip().lower()
        self.inside = tag == "script" and "src" not in given and kind in JAVASCRIPT
        if self.inside:
            self.texts.append("")

    def handle_endtag(self, tag: str) -> None:
        self.inside = False

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.texts[-1] += data


def hashes_of(page: str) -> list[str]:
    scripts = Scripts()
    scripts.feed(page)
    scripts.close()
    return list(dict.fromkeys(map(script_hash, scripts.texts)))
