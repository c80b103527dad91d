"""The anchors on the site's pages: of headings, and of what is listed there."""

import re
import unicodedata


def anchor(name: str) -> str:
    """Make the anchor of a file or an exercise on its page."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def heading_anchor(heading: str) -> str:
    """Make a heading's anchor, as the site's builder does."""
    plain = unicodedata.normalize("NFKD", heading).encode("ascii", "ignore").decode()
    words = re.sub(r"[^\w\s-]", "", plain).strip().lower()
    return re.sub(r"[-\s]+", "-", words)
