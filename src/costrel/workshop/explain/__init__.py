"""The way from a failure to a lesson."""
