"""What pages of other sites may load (W3C Fetch Metadata Request Headers).

Only browsers send these fields, and only to HTTPS or to this machine. This module
leaves alone requests that change something.
"""

from collections.abc import Mapping

from werkzeug.datastructures import Headers

# Cross-Origin-Resource-Policy -> whose pages may load the response; None says that no
# browser has sent the request, and "none" that the visitor has typed the URL
ALLOWED: Mapping[str | None, set[str | None]] = {
    "same-origin": {None, "none", "same-origin"},
    "same-site": {None, "none", "same-origin", "same-site"},
}


def may_load(policy: str | None, method: str, headers: Headers) -> bool:
    """Return whether the page that asks for a response may have it.

    Links lead here from anywhere. So do frames, which the content security policy
    decides about.
    """
    allowed = ALLOWED.get(policy)
    if allowed is None or method not in ("GET", "HEAD"):
        return True
    if headers.get("Sec-Fetch-Site") in allowed:
        return True
    # plug-ins navigate, too
    is_embedded = headers.get("Sec-Fetch-Dest") in ("object", "embed")
    return headers.get("Sec-Fetch-Mode") == "navigate" and not is_embedded
