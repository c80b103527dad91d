// The password hashes that Python has from OpenSSL, where there is no OpenSSL.
// esbuild bundles this; hashing.py beside it calls it.
import { pbkdf2 } from "@noble/hashes/pbkdf2.js";
import { scrypt } from "@noble/hashes/scrypt.js";
import { md5, sha1 } from "@noble/hashes/legacy.js";
import { sha224, sha256, sha384, sha512 } from "@noble/hashes/sha2.js";

const hashes = { md5, sha1, sha224, sha256, sha384, sha512 };

export { scrypt };
export const names = Object.keys(hashes);
/**
 * @param {keyof typeof hashes} name
 * @param {Uint8Array} password
 * @param {Uint8Array} salt
 * @param {import("@noble/hashes/pbkdf2.js").Pbkdf2Opt} options
 */
export const derive = (name, password, salt, options) =>
  pbkdf2(hashes[name], password, salt, options);
