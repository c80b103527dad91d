"""MISSING: the attack, which works on step 22 and fails here."""
