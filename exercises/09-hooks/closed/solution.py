"""A site that is closed, except for those with a key."""

from collections.abc import Callable, Collection
from hmac import compare_digest

from step09_hooks import App, Response, request


def close(
    app: App, minutes: float, key: str, open_to: Collection[str] = ()
) -> Callable[[], None]:
    """Answer 503 to everybody but those who bring the key.

    Gives a function that opens the site again.
    """

    def refuse() -> Response | None:
        brought = request.cookies.get("key", "")
        # takes equally long for each wrong key, so that time gives nothing away
        if compare_digest(brought.encode(), key.encode()):
            return None
        if request.endpoint in open_to:
            return None
        wait = {"Retry-After": str(round(minutes * 60))}
        return Response("Closed for today.", 503, wait, mimetype="text/plain")

    def reopen() -> None:
        if refuse in app.before_request_funcs:
            app.before_request_funcs.remove(refuse)

    # before all that are there already
    app.before_request_funcs.insert(0, refuse)
    return reopen
