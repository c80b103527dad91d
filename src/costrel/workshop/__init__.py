"""The workshop: the reader's own framework, and the book's tests on it."""
