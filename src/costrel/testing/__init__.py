"""The tests of the book, asked of any framework, and of what was made for one."""
