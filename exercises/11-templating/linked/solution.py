"""A filter that makes links of addresses, and nothing of anything else."""

import re

from markupsafe import Markup, escape

# up to white space or what could end a tag or an attribute, and not beyond the
# last sign that doesn't end a sentence
ADDRESS = re.compile(r"""(https?://[^\s<>"']*[^\s<>"'.,!?:;)\]}])""", re.IGNORECASE)
LINK = Markup('<a href="{0}" rel="nofollow">{0}</a>')


def linked(text: str) -> Markup:
    """Escape a text, and make links of the addresses in it."""
    if isinstance(text, Markup):
        return text
    # with a group in the pattern, every second piece is an address
    pieces = ADDRESS.split(text)
    made = [
        LINK.format(piece) if number % 2 else escape(piece)
        for number, piece in enumerate(pieces)
    ]
    return Markup("").join(made)
