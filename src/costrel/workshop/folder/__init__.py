"""The folder in which a reader builds: what is written there, and its green states."""
