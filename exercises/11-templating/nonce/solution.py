"""A Content Security Policy for all pages, with a nonce for each page's scripts."""

from collections.abc import Callable
from secrets import token_urlsafe

from step11_templating import App, Response, g

HEADER = "Content-Security-Policy"
POLICY = "script-src {}; object-src 'none'; base-uri 'none'"


def csp_nonce() -> str:
    """Return this request's nonce. Templates call it by this name."""
    if "csp_nonce" not in g:
        # 16 bytes: nobody can guess them
        g.csp_nonce = token_urlsafe(16)
    nonce: str = g.csp_nonce
    return nonce


def names() -> dict[str, Callable[[], str]]:
    return {"csp_nonce": csp_nonce}


def add_policy(response: Response) -> Response:
    """Allow scripts with this page's nonce, or none if the page didn't ask for one."""
    scripts = f"'nonce-{g.csp_nonce}'" if "csp_nonce" in g else "'none'"
    response.headers.setdefault(HEADER, POLICY.format(scripts))
    return response


def protect(app: App) -> None:
    """Add a nonce to an app's templates and a policy to all its responses.

    A streamed template asks for its nonce too late, when the headers have been sent.
    Let the view call `csp_nonce` first.
    """
    app.context_processor(names)
    app.after_request(add_policy)
