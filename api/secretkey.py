"""The Secret Key: 128 random bits that a person keeps, written so that a slip of the pen is seen.

``F1-XXXXX-XXXXX-XXXXX-XXXXX-XXXXX-XXXXX``: the version, then 30 signs of Crockford's base 32, which are the 128 bits
and 22 bits of their SHA-256. The server never sees one; ``static/srp.js`` does the same in the browser.
"""

from __future__ import annotations

import re
from hashlib import sha256

from fleet.errors import BadInput

VERSION = "F1"
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
ALIKE = str.maketrans({"O": "0", "I": "1", "L": "1"})
KEY_BYTES = 16
SIGNS = 30
CHECK_BITS = 22
GROUP = 5


class BadKey(BadInput):
    """What was given is no Secret Key, or has a sign that is wrong."""

    code = "bad_secret_key"


def write(key: bytes) -> str:
    """Write 16 bytes for people."""
    number = int.from_bytes(key) << CHECK_BITS | _check(key)
    signs = "".join(ALPHABET[number >> 5 * place & 31] for place in reversed(range(SIGNS)))
    return "-".join([VERSION, *(signs[at : at + GROUP] for at in range(0, SIGNS, GROUP))])


def read(text: str) -> bytes:
    """Read what a person wrote, in any case and with any gaps; raises BadKey."""
    signs = re.sub(r"[\s-]", "", text).upper()
    if not signs.startswith(VERSION):
        raise BadKey("A Secret Key begins with F1.", "It stands on your Emergency Kit.")
    body = signs.removeprefix(VERSION).translate(ALIKE)
    if len(body) != SIGNS or set(body) - set(ALPHABET):
        raise BadKey("This is not a whole Secret Key.", "It has 30 signs after F1, as on your Emergency Kit.")
    number = sum(ALPHABET.index(sign) << 5 * place for place, sign in enumerate(reversed(body)))
    key = (number >> CHECK_BITS).to_bytes(KEY_BYTES)
    if number & (1 << CHECK_BITS) - 1 != _check(key):
        raise BadKey("A sign of this Secret Key is wrong.", "Compare it with your Emergency Kit.")
    return key


def _check(key: bytes) -> int:
    return int.from_bytes(sha256(VERSION.encode() + key).digest()[:3]) >> 2
