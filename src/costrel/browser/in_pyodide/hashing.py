"""`hashlib.scrypt` and `hashlib.pbkdf2_hmac` for a Python without OpenSSL.

In the browser it is `costrel_hashing`, and the last line of `hashlib` imports it.
The work is done by hashing.js, bundled into one file beside this module.
"""

# `pyodide` and `js` are only there
# mypy: disable-error-code="import-not-found"

from functools import cache
from pkgutil import get_data
from typing import Any

# OpenSSL's limit where none is given
MEMORY = 32 * 1024 * 1024


@cache
def bundle() -> Any:
    """Load the script; it is needed only when a password is."""
    from pyodide.code import run_js

    source = get_data(__name__, "costrel_hashing.js")
    assert source is not None
    return run_js(f"{source.decode()};costrelHashing")


def derived(answer: Any) -> bytes:
    """Take the bytes of an answer over from JavaScript."""
    return bytes(answer.to_py())


def given(value: Any) -> Any:
    """Hand bytes over to JavaScript."""
    from pyodide.ffi import to_js

    return to_js(bytes(memoryview(value)))


def options(**values: int) -> Any:
    from js import Object
    from pyodide.ffi import to_js

    return to_js(values, dict_converter=Object.fromEntries)


def scrypt(
    password: Any,
    *,
    salt: Any,
    n: int,
    r: int,
    p: int,
    maxmem: int = 0,
    dklen: int = 64,
) -> bytes:
    """Derive a key with scrypt (RFC 7914); `maxmem` is in bytes."""
    if n < 2 or n & (n - 1):
        raise ValueError("n must be a power of 2")
    # what OpenSSL counts: the table, one block for each lane, and two to work in
    if 128 * r * (n + p + 2) > (maxmem or MEMORY):
        raise ValueError("memory limit exceeded")
    limit = 2**32
    asked = options(N=n, r=r, p=p, dkLen=dklen, maxmem=limit)
    return derived(bundle().scrypt(given(password), given(salt), asked))


def pbkdf2_hmac(
    hash_name: str,
    password: Any,
    salt: Any,
    iterations: int,
    dklen: int | None = None,
) -> bytes:
    """Derive a key with PBKDF2 over HMAC (RFC 8018)."""
    from hashlib import new

    if hash_name not in bundle().names.to_py():
        raise ValueError(f"unsupported hash type {hash_name}")
    if iterations < 1:
        raise ValueError("iteration value must be greater than 0.")
    length = new(hash_name).digest_size if dklen is None else dklen
    if length < 1:
        raise ValueError("key length must be greater than 0.")
    asked = options(c=iterations, dkLen=length)
    call = bundle().derive
    return derived(call(hash_name, given(password), given(salt), asked))
