"""Commands for roles and accounts: for the first administrator, whom nobody else can
appoint, and for the day when no administrator can log in.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from .. import current_app
from .access import check_rules
from .login_sessions import store
from .management import (
    LastUserError,
    activate_user,
    add_role_to_user,
    deactivate_user,
    remove_role_from_user,
    reset_user_access,
)
from .matrix import matrix_of, table
from .roles import known_roles

T = TypeVar("T")


def add_role_commands(cli: Any, users: Any) -> None:
    """Add the command `matrix`, the group `roles`, and more to the group `users`."""
    cli.command("matrix")(show_matrix)
    roles = cli.group("roles")(about_roles)
    roles.command("add")(add)
    roles.command("remove")(remove)
    roles.command("list")(list_roles)
    users.command("activate")(activate)
    users.command("deactivate")(deactivate)
    users.command("reset-access")(reset_access)


def about_roles() -> None:
    """Give roles to users, and take them away."""


def change(email: str, action: Callable[..., T], *given: str) -> T:
    """Do something to a user, or end the command with an error."""
    user = store().find_user(email=email)
    if user is None:
        raise click.ClickException(f"Nobody has the address {email}.")
    try:
        return action(user, *given)
    except (LastUserError, ValueError) as error:
        raise click.ClickException(str(error)) from None


@click.argument("email")
@click.argument("role")
def add(email: str, role: str) -> None:
    """Give a user a role."""
    new = change(email, add_role_to_user, role)
    click.echo(f"{email} has the role {role}{'' if new else ' already'}.")


@click.argument("email")
@click.argument("role")
def remove(email: str, role: str) -> None:
    """Take a role from a user."""
    removed = change(email, remove_role_from_user, role)
    verb = "no longer has" if removed else "doesn't have"
    click.echo(f"{email} {verb} the role {role}.")


def show_matrix() -> None:
    """Show which role's users may visit which views.

    Fails if a view needs a rule and has none.
    """
    for line in table(matrix_of(current_app)):
        click.echo(line)
    try:
        check_rules(current_app)
    except RuntimeError as error:
        raise click.ClickException(str(error)) from None


def list_roles() -> None:
    """Show the app's roles, what they may do, and how many users have them."""
    for name, role in known_roles().items():
        count = len(store().find(store().grant_model, role=name))
        click.echo(f"{name}: {', '.join(role.permissions) or 'nothing'} ({count})")


@click.argument("email")
def activate(email: str) -> None:
    """Let a user log in again."""
    change(email, activate_user)
    click.echo(f"{email} can log in.")


@click.argument("email")
def deactivate(email: str) -> None:
    """End a user's logins, and allow no others."""
    change(email, deactivate_user)
    click.echo(f"{email} can't log in anymore.")


@click.argument("email")
def reset_access(email: str) -> None:
    """End a user's logins."""
    click.echo(f"Ended {change(email, reset_user_access)} login(s) of {email}.")
