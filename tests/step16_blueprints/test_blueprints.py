"""What step 16 promises. MISSING: the tests."""
