"""The command line: python -m PACKAGE. Without arguments, start the package's demo."""

import sys
from importlib.util import find_spec
from runpy import run_module

from .cli import cli

demo = f"{__package__}.demo"
if sys.argv[1:] or find_spec(demo) is None:
    cli()
else:
    run_module(demo, run_name="__main__", alter_sys=True)
