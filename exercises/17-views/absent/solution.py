"""A change that's made only if nothing is there yet."""

from step17_views import abort, request


def check_if_none_match(etag: str | None) -> None:
    """Raise a 412 if the client's If-None-Match rules out what's there."""
    ruled_out = request.if_none_match
    if etag is not None and ruled_out.contains_weak(etag):
        abort(412, "There is one already.")
