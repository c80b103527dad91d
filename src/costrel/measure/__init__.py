"""Time and size, step by step, beside Flask, and the page that shows them."""
