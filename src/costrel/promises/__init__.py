"""What the book promises, as checks that return a list of complaints.

Each check is a function over a ladder or a file; an empty list means that the
promise holds. `tests/book` calls them on this book, `tests/tool` on a small one
that is broken on purpose.
"""
