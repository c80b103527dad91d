"""The processes in which tests run, and what is known of them."""
