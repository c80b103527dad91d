"""What step 23 promises. MISSING: the tests."""
