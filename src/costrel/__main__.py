"""Run the command: as `costrel`, or as `python -m costrel`."""

import sys


def main() -> None:
    """Run the command; a Ctrl-C ends it without a word, also while it is loading."""
    try:
        from costrel.cli import main as run

        run()
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
