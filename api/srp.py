"""SRP-6a: two sides find out that they know the same secret, and neither tells the other (RFC 5054, RFC 2945).

Every number that is hashed is padded to the length of the prime: with leading zeros left out, one sign-in of 256
would fail. ``x``, the secret, comes of two: the password, stretched, and the Secret Key (``stretch``).
``static/srp.js`` is the browser's twin.
"""

from __future__ import annotations

import hashlib
import hmac
import unicodedata
from dataclasses import dataclass, field
from operator import xor

from fleet.errors import BadInput

ROUNDS = 600_000
"""Rounds of PBKDF2 for a new password; each person's are stored with the verifier."""
SALT_BYTES = 16
SECRET_BYTES = 32
"""Random bytes of an ephemeral secret."""
INFO = b"flotilla 2skd F1"
"""Binds what is made of a Secret Key to this use and its version."""


class BadPublic(BadInput):
    """A public value with which anybody could sign in."""

    code = "bad_public_value"


@dataclass(frozen=True, slots=True)
class Proofs:
    """What each side shows of the session's key: ``m1`` the client's, ``m2`` the server's."""

    m1: bytes = field(repr=False)
    m2: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Group:
    """A prime, a generator and a hash. Numbers go by the names of RFC 5054: A and B are public, a and b secret."""

    prime: int
    generator: int
    algorithm: str = "sha256"

    @property
    def size(self) -> int:
        """The bytes of the prime, and so of every padded number."""
        return (self.prime.bit_length() + 7) // 8

    def pad(self, number: int) -> bytes:
        """Write a number with leading zeros; raises OverflowError for one that is longer than the prime."""
        return number.to_bytes(self.size)

    def digest(self, *parts: bytes) -> bytes:
        return hashlib.new(self.algorithm, b"".join(parts)).digest()

    def number(self, *numbers: int) -> int:
        """Hash padded numbers to one."""
        return int.from_bytes(self.digest(*map(self.pad, numbers)))

    def public(self, secret: int) -> int:
        """Make A of a, and the verifier of x."""
        return pow(self.generator, secret, self.prime)

    def offer(self, verifier: int, b: int) -> int:
        """Make B, which hides the verifier behind b."""
        return (self._multiplier() * verifier + self.public(b)) % self.prime

    def scramble(self, A: int, B: int) -> int:
        """Mix both public values to u. Raises BadPublic for one that makes the secret foreseeable."""
        u = self.number(A, B) if 0 < A < self.prime and 0 < B < self.prime else 0
        if u == 0:
            raise BadPublic("This is no public value of SRP.", "Take a fresh random secret and begin again.")
        return u

    def served(self, A: int, B: int, verifier: int, b: int) -> int:
        """Find the shared secret S as the server; raises BadPublic, above all where A % N is 0."""
        return pow(A * pow(verifier, self.scramble(A, B), self.prime), b, self.prime)

    def asked(self, A: int, B: int, x: int, a: int) -> int:
        """Find the shared secret S as the client; raises BadPublic, above all where B % N is 0."""
        u = self.scramble(A, B)
        return pow(B - self._multiplier() * self.public(x), a + u * x, self.prime)

    def proofs(self, identity: str, salt: bytes, A: int, B: int, S: int) -> Proofs:
        """Make what each side shows; ``identity`` is the address as the client wrote it."""
        key = self.digest(self.pad(S))
        group = bytes(map(xor, self.digest(self.pad(self.prime)), self.digest(self.pad(self.generator))))
        talk = self.pad(A) + self.pad(B)
        m1 = self.digest(group, self.digest(identity.encode()), salt, talk, key)
        return Proofs(m1, self.digest(self.pad(A), m1, key))

    def _multiplier(self) -> int:
        return self.number(self.prime, self.generator)


GROUP = Group(
    int(
        "AC6BDB41324A9A9BF166DE5E1389582FAF72B6651987EE07FC3192943DB56050A37329CBB4A099ED8193E0757767A13D"
        "D52312AB4B03310DCD7F48A9DA04FD50E8083969EDB767B0CF6095179A163AB3661A05FBD5FAAAE82918A9962F0B93B8"
        "55F97993EC975EEAA80D740ADBF4FF747359D041D5C33EA71D281E446B14773BCA97B43A23FB801676BD207A436C6481"
        "F1D2B9078717461A5B9D32E688F87748544523B524B0D57D5EA77A2775D2ECFA032CFBDBF52FB3786160279004E57AE6"
        "AF874E7303CE53299CCC041C7BC308D82A5698F3A8D0C38271AE35F8E9DBFBB694B5C803D89F7AE435DE236D525F5475"
        "9B65E372FCD68EF20FA7111F9E4AFF73",
        16,
    ),
    2,
)
"""The group of 2048 bits of RFC 5054, appendix A, with SHA-256."""


def stretch(password: str, key: bytes, salt: bytes, rounds: int) -> int:
    """Make x of the password and the Secret Key: who has one of them learns nothing of x."""
    text = unicodedata.normalize("NFKC", password).encode()
    slow = hashlib.pbkdf2_hmac("sha256", text, salt, rounds)
    extracted = hmac.digest(salt, key, "sha256")
    strong = hmac.digest(extracted, INFO + b"\x01", "sha256")
    return int.from_bytes(bytes(map(xor, slow, strong)))


@dataclass(frozen=True, slots=True)
class Client:
    """The client's side of one sign-in, for programs: ``public`` is sent as A, ``prove`` answers the rest."""

    email: str
    password: str = field(repr=False)
    key: bytes = field(repr=False)
    a: int = field(repr=False)

    @property
    def public(self) -> int:
        return GROUP.public(self.a)

    def prove(self, salt: bytes, rounds: int, B: int) -> Proofs:
        """Make both proofs: the first is sent, and the second is what a true server answers."""
        x = stretch(self.password, self.key, salt, rounds)
        return GROUP.proofs(self.email, salt, self.public, B, GROUP.asked(self.public, B, x, self.a))
