"""What step 21 promises. MISSING: the tests."""
