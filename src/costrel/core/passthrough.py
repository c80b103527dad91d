"""The arguments after `--`, for the program that a verb starts."""

import click

# where `Passing` leaves it
PASSED = "costrel.passed"


class Passing(click.Command):
    """A command that keeps the arguments after `--` apart from its own."""

    def parse_args(self, context: click.Context, args: list[str]) -> list[str]:
        end = args.index("--") if "--" in args else len(args)
        context.meta[PASSED] = args[end + 1 :]
        return super().parse_args(context, args[:end])


def passed(context: click.Context) -> list[str]:
    """Return the arguments after `--`."""
    found: list[str] = context.meta[PASSED]
    return found
