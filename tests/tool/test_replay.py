"""A chapter replayed as typed: what its readers would stumble over is a finding."""

from pathlib import Path
from textwrap import dedent

import pytest

from costrel.core import reader_folder
from costrel.core.chapter import read_chapter
from costrel.core.ladder import Ladder
from costrel.weave.one_chapter import Weaver
from costrel.weave.replay.in_order import Progress
from costrel.weave.transcript.transcripts import play

INIT_ONE = "from .app import App\n"
INIT_TWO = "from .app import App, hush\n"
APP_ONE = """\
class App:
    def ring(self):
        return "ding"
"""
APP_TWO = """\
import os

LOUD = "DING"


class App:
    def ring(self):
        return LOUD + os.sep


def hush():
    return "..."
"""
DEMO_ONE = "from . import App\n\napp = App()\n"
DEMO_TWO = "from . import App\nfrom .app import hush\n\napp = App()\nquiet = hush\n"

IMPORT = """\
```diff title="framework/app.py: import os"
```
"""
LOUD = """\
```python title="framework/app.py: LOUD"
```
"""
RING = """\
```diff title="framework/app.py: App.ring"
```
"""
HUSH = """\
```python title="framework/app.py: hush"
```
"""
EXPORT = """\
```diff title="framework/__init__.py"
```
"""
ASK = """\
```pycon
>>> from framework import App
>>> App().ring()
{}
```
"""


class Book:
    """Two steps and the second one's chapter, which a test writes."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.write("steps/step01_one/__init__.py", INIT_ONE)
        self.write("steps/step01_one/app.py", APP_ONE)
        self.write("steps/step01_one/demo.py", DEMO_ONE)
        self.write("steps/step01_one/__main__.py", "")
        self.write("steps/step02_two/__init__.py", INIT_TWO)
        self.write("steps/step02_two/app.py", APP_TWO)
        self.write("steps/step02_two/demo.py", DEMO_TWO)
        self.write("steps/step02_two/templates/page.html", "<h1>Ding</h1>\n")
        self.write("steps/step02_two/static/bell.png", b"\x89PNG\xff")
        self.ladder = Ladder(root)
        self.chapter = self.ladder.get(2).chapter

    def write(self, name: str, content: str | bytes) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        data = content.encode() if isinstance(content, str) else content
        path.write_bytes(data)

    def complaints(self, *parts: str) -> list[str]:
        """Play a chapter of these parts; return what is wrong with it."""
        self.write("chapters/02-two.md", "\n".join(map(dedent, parts)))
        step = self.ladder.get(2)
        report = play(self.ladder, read_chapter(self.chapter), [], step)
        found = report.differences + report.problems
        return [f"{finding.line}: {finding.message}" for finding in found]

    def unfinished(self, *parts: str) -> list[str]:
        self.write("chapters/02-two.md", "\n".join(parts))
        step = self.ladder.get(2)
        return Progress.at_start(self.ladder, step).unfinished(
            read_chapter(self.chapter)
        )


@pytest.fixture
def book(tmp_path: Path) -> Book:
    return Book(tmp_path)


def test_chapter_begins_with_the_files_of_the_step_before(book: Book):
    assert book.complaints(ASK.format("'ding'"), HUSH) == []


def test_transcript_sees_what_is_typed_so_far(book: Book):
    typed = [LOUD, IMPORT, RING, ASK.format("'DING/'")]
    assert book.complaints(*typed) == []


def test_transcript_that_needs_a_later_block_is_a_finding(book: Book):
    (message,) = book.complaints(ASK.format("'DING/'"), LOUD, IMPORT, RING)
    assert message.startswith("4: `>>> App().ring()`: \"'ding'\" is printed")


def test_name_that_is_printed_later_is_a_finding(book: Book):
    (message,) = book.complaints(
        HUSH,
        """\
        ```pycon
        >>> from framework import hush
        ```
        """,
        EXPORT,
    )
    assert "from framework import hush" in message
    assert "Traceback" in message


def test_missing_import_is_a_finding(book: Book):
    (message,) = book.complaints(LOUD, RING, ASK.format("'DING/'"), IMPORT)
    assert "App().ring()" in message


def test_prompt_that_goes_on_with_an_old_module_is_a_finding(book: Book):
    first = ASK.format("'ding'")
    (message,) = book.complaints(first, HUSH, ASK.format("'ding'"))
    assert "has imported framework/app.py as it was before" in message
    assert 'title="new prompt"' in message


def test_new_prompt_sees_what_was_typed_since(book: Book):
    again = ASK.replace("```pycon", '```pycon title="new prompt"')
    typed = [ASK.format("'ding'"), LOUD, IMPORT, RING, again.format("'DING/'")]
    assert book.complaints(*typed) == []


def test_new_prompt_has_forgotten_the_old_names(book: Book):
    forgotten = '```pycon title="new prompt"\n>>> App\n<class …>\n```\n'
    (message,) = book.complaints(ASK.format("'ding'"), HUSH, forgotten)
    assert "NameError" in message or "Traceback" in message


def test_prompt_without_the_typed_module_may_go_on(book: Book):
    text = "```pycon\n>>> one = 1\n```\n"
    more = "```pycon\n>>> one\n1\n```\n"
    assert book.complaints(text, HUSH, more) == []


def test_step_that_no_reader_has_is_a_finding(book: Book):
    text = "```pycon\n>>> from step02_two import App\n```\n"
    assert book.complaints(HUSH, text) == [
        "4: a reader has no step02_two: write framework"
    ]


def test_file_that_is_no_python_in_between_is_a_finding(book: Book):
    gone = '```python title="framework/app.py (before): App.ring"\n```\n'
    (message,) = book.complaints(gone)
    assert "with this block typed, framework/app.py is no Python" in message


def test_difference_of_a_file_of_the_chapter_alone_is_refused(book: Book):
    text = '```diff title="night.py"\n-a = 1\n+a = 2\n```\n'
    book.write("chapters/02-two.md", f"{HUSH}\n{text}")
    step = book.ladder.get(2)

    problems = Weaver(book.ladder, step).blocks(read_chapter(book.chapter)).problems

    (message,) = [finding.message for finding in problems]
    assert message.startswith("night.py: a difference needs an address")


def test_demo_imports_the_framework(book: Book):
    text = """\
        ```diff title="demo.py"
        ```

        ```pycon
        >>> from demo import quiet
        >>> quiet()
        '...'
        ```
        """
    assert book.complaints(HUSH, text) == []
    assert reader_folder.typed_text("demo.py", DEMO_TWO).startswith(
        "from framework import App\nfrom framework.app import hush\n"
    )


def test_extension_is_typed_beside_the_demo(book: Book):
    extension = "from .. import App\nfrom ..app import hush\nfrom .bells import ring\n"
    demo = f"{DEMO_TWO}from .extensions.bell import RING\n"
    book.write("steps/step02_two/extensions/__init__.py", "")
    book.write("steps/step02_two/extensions/bells.py", "ring = 'ding'\n")
    book.write("steps/step02_two/extensions/bell.py", extension + "RING = ring\n")
    book.write("steps/step02_two/demo.py", demo)
    typed = [
        f'```python title="extensions/{name}.py"\n```\n' for name in ("bells", "bell")
    ]
    text = """\
        ```diff title="demo.py"
        ```

        ```pycon
        >>> from demo import RING
        >>> RING
        'ding'
        ```
        """

    assert book.complaints(HUSH, *typed, text) == []
    assert reader_folder.typed_text("demo.py", demo).endswith(
        "from extensions.bell import RING\n"
    )
    assert reader_folder.typed_text("extensions/bell.py", extension) == (
        "from framework import App\n"
        "from framework.app import hush\n"
        "from .bells import ring\n"
    )


def test_part_of_the_framework_imports_as_the_step_does():
    part = "from ..app import hush\n"

    assert reader_folder.typed_text("security/csrf.py", part) == part
    assert reader_folder.typed_path("security/csrf.py") == "framework/security/csrf.py"


def test_command_of_the_framework_is_new_to_a_reader(book: Book):
    # what only starts a demo is the book's, so nobody has its lines to replace
    book.write("steps/step01_one/__main__.py", "print('a demo')\n")
    book.write("steps/step02_two/__main__.py", "from . import App\n")
    typed = '```python title="framework/__main__.py"\nfrom . import App\n```\n'
    shown = "```console\n$ cat framework/__main__.py\nfrom . import App\n```\n"

    assert book.complaints(typed, shown) == []


def test_template_is_typed_into_the_folder_of_the_demo(book: Book):
    text = '```html title="templates/page.html"\n<h1>Ding</h1>\n```\n'
    more = "```console\n$ cat templates/page.html\n<h1>Ding</h1>\n```\n"
    assert book.complaints(HUSH, text, more) == []


def test_template_of_the_chapter_alone_is_a_file_like_any_other(book: Book):
    text = '```html title="templates/mine.html"\n<p>Mine</p>\n```\n'
    more = "```console\n$ cat templates/mine.html\n<p>Mine</p>\n```\n"
    assert book.complaints(HUSH, text, more) == []


def test_picture_is_there_from_the_start(book: Book):
    text = """\
        ```pycon
        >>> open("static/bell.png", "rb").read(4)
        b'\\x89PNG'
        ```
        """
    assert book.complaints(HUSH, text) == []


def test_whole_chapter_typed_is_the_step(book: Book):
    demo = '```diff title="demo.py"\n```\n'
    page = '```html title="templates/page.html"\n```\n'
    parts = [IMPORT, LOUD, RING, HUSH, demo, page, EXPORT]
    assert book.unfinished(*parts) == []


def test_what_is_left_over_is_typed_in_the_end(book: Book):
    demo = '```diff title="demo.py"\n```\n'
    page = '```html title="templates/page.html"\n```\n'
    left = """\
<!-- leftovers -->

```diff title="framework/__init__.py"
-from .app import App
+from .app import App, hush
```

<!-- /leftovers -->
"""
    parts = [IMPORT, LOUD, RING, HUSH, demo, page]
    assert book.unfinished(*parts, left) == []
    assert book.unfinished(*parts) == ["framework/__init__.py"]
