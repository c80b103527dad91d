"""A filter that turns addresses into links, and leaves everything else alone."""

import re

from markupsafe import Markup, escape

# ends before whitespace or anything that could end a tag or an attribute, and before
# punctuation that ends a sentence
ADDRESS = re.compile(r"""(https?://[^\s<>"']*[^\s<>"'.,!?:;)\]}])""", re.IGNORECASE)
LINK = Markup('<a href="{0}" rel="nofollow">{0}</a>')


def linked(text: str) -> Markup:
    """Escape a text, and turn the addresses in it into links."""
    if isinstance(text, Markup):
        return text
    # with a group in the pattern, every second piece is an address
    pieces = ADDRESS.split(text)
    made = [
        LINK.format(piece) if number % 2 else escape(piece)
        for number, piece in enumerate(pieces)
    ]
    return Markup("").join(made)
