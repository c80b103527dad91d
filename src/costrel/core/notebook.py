"""A notebook's file: read as the JSON that it is.

nbformat takes seconds to import, and is not there where the site is built.
"""

import json
from pathlib import Path
from typing import Any

from costrel.core.ladder import Problem


def read_notebook(path: Path) -> dict[str, Any]:
    """Read a notebook, which has `cells` and `metadata`.

    Raises `Problem` if it is broken.
    """
    try:
        book: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        list(book["cells"]), dict(book["metadata"])
    except (ValueError, KeyError, TypeError) as error:
        raise Problem(f"The notebook {path} is broken: {error!r}") from None
    return book


def joined(text: str | list[str]) -> str:
    """Join a text that a notebook may keep as a list of lines."""
    return text if isinstance(text, str) else "".join(text)
