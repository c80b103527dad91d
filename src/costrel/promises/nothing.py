"""A framework with nothing in it: what comes before the first step."""
