"""MISSING: the version everyone writes first, in which the attack works."""
