"""Serve the demo: python -m PACKAGE. With arguments, be the command line."""

import sys
from runpy import run_module

from .cli import cli

if sys.argv[1:]:
    cli()
else:
    run_module(f"{__package__}.demo", run_name="__main__", alter_sys=True)
