"""A Content Security Policy for all pages, with a number for the scripts of each."""

from collections.abc import Callable
from secrets import token_urlsafe

from step11_templating import App, Response, g

HEADER = "Content-Security-Policy"
POLICY = "script-src {}; object-src 'none'; base-uri 'none'"


def csp_nonce() -> str:
    """Give this request's nonce; templates ask for it by this name."""
    if "csp_nonce" not in g:
        # 16 bytes: nobody guesses them before the page is gone
        g.csp_nonce = token_urlsafe(16)
    nonce: str = g.csp_nonce
    return nonce


def names() -> dict[str, Callable[[], str]]:
    return {"csp_nonce": csp_nonce}


def add_policy(response: Response) -> Response:
    """Allow the scripts with this page's nonce, or none if it has not asked."""
    scripts = f"'nonce-{g.csp_nonce}'" if "csp_nonce" in g else "'none'"
    response.headers.setdefault(HEADER, POLICY.format(scripts))
    return response


def protect(app: App) -> None:
    """Give an app's templates a nonce, and all its responses a policy.

    A template that is streamed asks too late: its headers have been sent. Let the
    view call `csp_nonce` first.
    """
    app.context_processor(names)
    app.after_request(add_policy)
