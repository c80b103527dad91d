"""MISSING: the attack, which works on step 24 and fails here."""
