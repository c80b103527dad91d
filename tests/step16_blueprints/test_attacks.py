"""MISSING: the attack, which works on step 15 and fails here."""
