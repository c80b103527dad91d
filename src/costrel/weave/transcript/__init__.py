"""The terminal and interactive sessions that a chapter shows, run and compared."""
