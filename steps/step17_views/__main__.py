"""Serve the demo: python -m PACKAGE."""

from runpy import run_module

run_module(f"{__package__}.demo", run_name="__main__", alter_sys=True)
