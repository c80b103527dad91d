"""MISSING: the attack, which works on step 18 and fails here."""
