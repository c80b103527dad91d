"""A step that runs in a page: Python in `engine`, JavaScript in `page`, its data."""
