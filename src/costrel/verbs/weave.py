"""`costrel weave`: write the code into the chapters, or check that it is there."""

import click

EPILOG = "Example: costrel weave 3, or costrel weave --check"


@click.command(epilog=EPILOG)
@click.argument("steps", nargs=-1, metavar="[N]...")
@click.option("--check", is_flag=True, help="Change nothing; list what disagrees.")
@click.option("--no-run", is_flag=True, help="Leave out what has to be executed.")
def command(steps: tuple[str, ...], check: bool, no_run: bool) -> None:
    """Write code, differences and output into the chapters of steps N, or of all."""
    from costrel.weave.all_chapters import Loom

    loom = Loom(run=not no_run)
    chosen = loom.choose(steps)
    if check:
        loom.check(chosen)
    else:
        loom.weave(chosen)
