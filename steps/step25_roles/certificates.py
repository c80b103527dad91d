"""What the development server needs for HTTPS: a certificate and its key.

`ssl` is imported late, because some builds of Python have none.
"""

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from werkzeug.utils import import_string

if TYPE_CHECKING:
    from ssl import SSLContext

# what werkzeug's server takes for a certificate that it makes up
AD_HOC = "adhoc"


def make_ssl_context(cert: str | None, key: str | None) -> "SSLContext | str | None":
    """Return what the server needs for the options --cert and --key, or None.

    A certificate is a file, with its key in another; "adhoc"; or the import name of
    an `SSLContext`. Raises `BadParameter` for anything else.
    """
    if cert is None:
        if key is not None:
            raise refused("--key", "a key needs its certificate: add --cert")
        return None
    if Path(cert).is_file():
        return read_files(cert, key)
    if key is not None:
        raise refused("--key", f"there is no certificate file {cert!r} for it to match")
    return check_ad_hoc() if cert == AD_HOC else import_context(cert)


def read_files(cert: str, key: str | None) -> "SSLContext":
    from ssl import PROTOCOL_TLS_SERVER, SSLContext

    if key is None:
        raise refused("--cert", "a certificate in a file needs its key: add --key")
    context = SSLContext(PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(cert, key)
    except OSError as error:  # an `SSLError` is one, too
        reason = f"{cert!r} and {key!r} can't be used: {error}"
        raise refused("--cert", reason) from None
    return context


def check_ad_hoc() -> str:
    if find_spec("cryptography") is None:
        raise refused("--cert", "install cryptography, which makes the certificate")
    return AD_HOC


def import_context(name: str) -> Any:
    from ssl import SSLContext

    context = import_string(name, silent=True)
    if not isinstance(context, SSLContext):
        raise refused("--cert", f"{name!r} is neither a file nor an SSLContext")
    return context


def refused(option: str, reason: str) -> click.BadParameter:
    return click.BadParameter(f"{reason}.", param_hint=f"'{option}'")
