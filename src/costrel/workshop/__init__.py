"""The workshop: the reader's own framework, and the book's tests on it."""

# printed behind what a test's code has printed: all of that has arrived, then
END_OF_OUTPUT = b"\0end of output\0"
