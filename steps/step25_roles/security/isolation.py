"""What pages of other sites may load (W3C Fetch Metadata Request Headers).

Only browsers send these fields, and only over HTTPS or to this machine. Requests that
change something aren't checked here.
"""

from collections.abc import Mapping

from werkzeug.datastructures import Headers

# Cross-Origin-Resource-Policy -> whose pages may load the response; None means that no
# browser sent the request, and "none" that the visitor typed the URL
ALLOWED: Mapping[str | None, set[str | None]] = {
    "same-origin": {None, "none", "same-origin"},
    "same-site": {None, "none", "same-origin", "same-site"},
}


def may_load(policy: str | None, method: str, headers: Headers) -> bool:
    """Return whether the page that asks for a response may load it.

    Any page may link here, or frame us: frames are up to the content security policy.
    """
    allowed = ALLOWED.get(policy)
    if allowed is None or method not in ("GET", "HEAD"):
        return True
    if headers.get("Sec-Fetch-Site") in allowed:
        return True
    # plug-ins navigate, too
    is_embedded = headers.get("Sec-Fetch-Dest") in ("object", "embed")
    return headers.get("Sec-Fetch-Mode") == "navigate" and not is_embedded
