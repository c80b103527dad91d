"""Notebooks run from top to bottom, and are kept without outputs."""

from costrel.promises import notebooks


def test_notebook_runs(step, kept):
    kept(notebooks.broken_notebook(step))


def test_notebook_is_kept_without_outputs(step, kept):
    kept(notebooks.kept_outputs(step))


def test_one_line_of_a_notebook_chooses_its_package(step, kept):
    kept(notebooks.fixed_package(step))
