"""Serve the demo to its developer: python -m PACKAGE [PORT]."""

import sys

from .demo import app

app.run(port=int(sys.argv[1]) if len(sys.argv) > 1 else 8000, debug=True)
