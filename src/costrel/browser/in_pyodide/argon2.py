"""`_argon2_cffi_bindings` without cffi: the library in the wheel, called by ctypes.

In the browser it takes the place of the module that cffi made, which needs cffi's own
part in C. `ffi` and `lib` have what argon2-cffi asks of them; the signatures are those
of Argon2's argon2.h.
"""

from ctypes import (
    CDLL,
    c_int,
    c_size_t,
    c_uint32,
    c_void_p,
    create_string_buffer,
    string_at,
)
from pathlib import Path
from types import SimpleNamespace

library = CDLL(str(Path(__file__).with_name("_ffi.so")))

encodedlen = library.argon2_encodedlen
encodedlen.restype = c_size_t
# time, memory in KiB, lanes, the lengths of salt and hash, type
encodedlen.argtypes = (*[c_uint32] * 5, c_int)

hash_ = library.argon2_hash
hash_.argtypes = (
    # time, memory in KiB, lanes
    *[c_uint32] * 3,
    # password, salt, hash and encoded hash, each with its length
    *(c_void_p, c_size_t) * 4,
    # type, version
    *(c_int, c_uint32),
)

verify = library.argon2_verify
# encoded hash, password, type
verify.argtypes = (c_void_p, c_void_p, c_size_t, c_int)

error_message = library.argon2_error_message
error_message.restype = c_void_p

lib = SimpleNamespace(
    Argon2_d=0,
    Argon2_i=1,
    Argon2_id=2,
    ARGON2_VERSION_NUMBER=0x13,
    ARGON2_OK=0,
    ARGON2_VERIFY_MISMATCH=-35,
    argon2_encodedlen=encodedlen,
    argon2_hash=hash_,
    argon2_verify=verify,
    argon2_error_message=error_message,
)
ffi = SimpleNamespace(
    NULL=None,
    # a size, or bytes to copy
    new=lambda kind, value: create_string_buffer(value),
    buffer=string_at,
    string=string_at,
)
