"""Python runs this file at its start when this folder is on PYTHONPATH.

The plugin puts it there for the processes that a test starts.
"""

from costrel.testing.against import install_from_environment

install_from_environment()
