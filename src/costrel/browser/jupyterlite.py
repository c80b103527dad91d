"""The folder `lite/` of the site: JupyterLite with the notebooks of all steps."""

import json
import re
import sys
from collections.abc import Mapping
from functools import partial
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

from costrel.core.files import read_tree, write_tree
from costrel.core.ladder import Ladder, Step
from costrel.core.notebook import joined, read_notebook

from .cache import once
from .node import call
from .wheel import summed
from .wheel_sources import EXTENSIONS

PYTHON = "@jupyterlite/pyodide-kernel-extension"
KERNEL = {"name": "python", "display_name": "Python (Pyodide)", "language": "python"}
# what the kernel would otherwise look for, one after the other
STARTED = (
    *("micropip", "piplite", "ipykernel", "comm"),
    *("pyodide-kernel", "ipython", "jedi"),
    # the reader's own package, beside a notebook, may be built on these
    *("werkzeug", "jinja2", "itsdangerous", "blinker", "markupsafe"),
    *("click", "python-dotenv", "asgiref", "wtforms", "argon2-cffi", "zxcvbn"),
)
# what Jupyter needs to know when it is built
BUILT = {
    "apps": ["notebooks", "tree", "edit", "consoles"],
    "contents": ["notebooks"],
    "no_sourcemaps": True,
    "no_unused_shared_packages": True,
    # nothing that happens to be installed here
    "ignore_sys_prefix": True,
}
# and what it needs to know in the browser
OPENED = {
    "appName": "Costrel",
    "appUrl": "./tree",
    "faviconUrl": "./notebooks/favicon.ico",
    # the tests of the notebooks ask it what the cells said
    "exposeAppInBrowser": True,
    "litePluginSettings": {
        f"{PYTHON}:kernel": {
            "pyodideUrl": "./../pyodide/pyodide.mjs",
            "disablePyPIFallback": True,
            "loadPyodideOptions": {"packages": STARTED},
        }
    },
}
SETTINGS = {
    "@jupyterlab/apputils-extension:themes": {"adaptive-theme": True},
    "@jupyterlab/apputils-extension:notification": {
        "checkForUpdates": False,
        "fetchNews": "false",
    },
    # who runs a cell before Python is there is not asked which Python
    "@jupyterlab/notebook-extension:tracker": {"autoStartDefaultKernel": True},
}
# the pages of Jupyter that a reader may come to, and their way back: it lies over
# Jupyter's own page, and leads to the chapter of the notebook that is open
ENTRANCES = ("notebooks/index.html", "tree/index.html")
WAY_BACK = Path(__file__).parent / "way_back.html"
# a picture for each state of a notebook, which JupyterLite asks for and does not have
ICONS = ("notebook", "busy-1", "busy-2", "busy-3")
# a link to a file of the book, which is not there
LINK = re.compile(r"\[([^\]]*)\]\((?!https?:)[^)]*\)")


def address(step: Step) -> str:
    """Return the address of a step's notebook, from the site's root."""
    return f"lite/notebooks/index.html?path={step.slug}.ipynb"


def collect(ladder: Ladder, shelf: Path) -> dict[str, bytes]:
    """Make every file of the folder, by its name.

    What was built is kept until a notebook or a setting changes. Raises `Problem`
    when Jupyter fails.
    """
    sources = notebooks(ladder) | settings()
    key = summed(sources | {"version": version("jupyterlite-core").encode()})
    files = read_tree(once(shelf, key, partial(build, sources)))
    icon = files["notebooks/favicon.ico"]
    files |= {page: with_way_back(files[page]) for page in ENTRANCES}
    return files | {f"static/favicons/favicon-{name}.ico": icon for name in ICONS}


def with_way_back(page: bytes) -> bytes:
    return page.replace(b"</body>", WAY_BACK.read_bytes() + b"</body>")


def build(sources: Mapping[str, bytes], output: Path) -> None:
    with TemporaryDirectory() as folder:
        write_tree(Path(folder), sources)
        command = [sys.executable, "-m", "jupyterlite_core", "build"]
        call([*command, f"--output-dir={output}"], Path(folder))


def settings() -> dict[str, bytes]:
    """Write the files that configure Jupyter."""
    built = BUILT | {"federated_extensions": [str(EXTENSIONS / PYTHON)]}
    opened = {"jupyter-lite-schema-version": 0, "jupyter-config-data": OPENED}
    files = {
        "jupyter_lite_config.json": {"LiteBuildConfig": built},
        "jupyter-lite.json": opened,
        "overrides.json": SETTINGS,
    }
    return {name: json.dumps(value).encode() for name, value in files.items()}


def notebooks(ladder: Ladder) -> dict[str, bytes]:
    return {
        f"notebooks/{step.slug}.ipynb": notebook(step)
        for step in ladder.steps
        if step.notebook.is_file()
    }


def notebook(step: Step) -> bytes:
    """Fit a notebook to the kernel there, without links to what is not there."""
    book = read_notebook(step.notebook)
    book["metadata"]["kernelspec"] = KERNEL
    for cell in book["cells"]:
        if cell["cell_type"] == "markdown":
            cell["source"] = LINK.sub(r"\1", joined(cell["source"]))
    return json.dumps(book, ensure_ascii=False).encode()
