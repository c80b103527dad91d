"""What step 19 promises. MISSING: the tests."""
