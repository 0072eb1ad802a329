"""The web server's certificate: one's own, or one that an authority of this state directory signs.

The authority is made once and kept; its certificate is what browsers are told to trust. The server's is made anew at
a start where it soon ends or lacks a name.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from cluster.servers.state import State, write
from fleet.errors import BadSetting, StartRefused
from fleet.settings import Settings

AUTHORITY, SERVER = "web-authority", "web-server"
"""The names of the secrets: each is a key and its certificate, in one file of PEM."""
AUTHORITY_LIFE, SERVER_LIFE = timedelta(days=3650), timedelta(days=397)
RENEWED = timedelta(days=60)
"""How long before its end a certificate is made anew."""


@dataclass(frozen=True, slots=True)
class Identity:
    """A key with its certificate."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @property
    def pem(self) -> str:
        secret = self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return (secret + self.certificate.public_bytes(serialization.Encoding.PEM)).decode()

    @classmethod
    def read(cls, pem: str) -> Identity:
        """Read what ``pem`` wrote; raises ValueError."""
        key = serialization.load_pem_private_key(pem.encode(), None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise ValueError("no key of ours")
        return cls(key, x509.load_pem_x509_certificate(pem[pem.index("-----BEGIN CERTIFICATE") :].encode()))


def secured(asked: Settings) -> bool:
    """Tell whether the web server speaks TLS: where it can be reached from elsewhere, unless the settings say so."""
    return asked.web_tls == "on" or (asked.web_tls == "auto" and not _is_here(asked.web_host))


def prepare(state: State, asked: Settings, now: datetime | None = None) -> None:
    """Make what is missing or soon ends; nothing where TLS is off or the certificate is one's own.

    Raises BadSetting where one's own cannot be used.
    """
    if not secured(asked):
        return
    if asked.web_certificate or asked.web_key:
        _checked(asked)
        return
    moment = now or datetime.now(UTC)
    authority = _kept(state, AUTHORITY) or _save(state, AUTHORITY, _authority(moment))
    write(state.run("web-authority.pem"), authority.certificate.public_bytes(serialization.Encoding.PEM).decode())
    server, names = _kept(state, SERVER), _names(asked.web_host)
    if server is None or not _serves(server, authority, names, moment):
        _save(state, SERVER, _server(authority, names, moment))


def files(asked: Settings) -> tuple[str, str]:
    """Tell where the server's certificate and its key lie; raises StartRefused where nobody has made them."""
    if asked.web_certificate or asked.web_key:
        return asked.web_certificate, asked.web_key
    made = asked.state / "secrets" / SERVER
    if not made.exists():
        raise StartRefused(
            f"There is no certificate for TLS at {made}.",
            "Give one by web_certificate and web_key; behind a proxy that ends TLS set web_tls to off.",
        )
    return str(made), str(made)


def authority(asked: Settings) -> Path | None:
    """Tell where the authority's certificate lies; None where there is no TLS, or one's own certificate."""
    path = asked.state / "run" / "web-authority.pem"
    return path if secured(asked) and not asked.web_certificate and path.exists() else None


def trust(asked: Settings) -> ssl.SSLContext:
    """Make what a program here trusts when it asks the web server."""
    context = ssl.create_default_context()
    if path := authority(asked):
        context.load_verify_locations(path)
    return context


def fingerprint(path: Path) -> str:
    """Tell the SHA-256 of a certificate, as browsers show it."""
    found = x509.load_pem_x509_certificate(path.read_bytes()).fingerprint(hashes.SHA256())
    return found.hex(":").upper()


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _checked(asked: Settings) -> None:
    certificate, key = files(asked)
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(certificate, key)
    except (OSError, ValueError) as error:
        raise BadSetting(
            f"The certificate {certificate or '(none)'} with the key {key or '(none)'} cannot be used: {error}.",
            "web_certificate is a PEM file with the whole chain, web_key one with its key, without a passphrase.",
        ) from error


def _kept(state: State, name: str) -> Identity | None:
    try:
        return Identity.read(state.secret_path(name).read_text())
    except (FileNotFoundError, ValueError):
        return None


def _save(state: State, name: str, made: Identity) -> Identity:
    write(state.secret_path(name), made.pem)
    return made


def _serves(server: Identity, authority: Identity, names: Sequence[x509.GeneralName], now: datetime) -> bool:
    found = server.certificate
    there = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    try:
        found.verify_directly_issued_by(authority.certificate)
    except (ValueError, InvalidSignature):
        return False
    return found.not_valid_after_utc - now > RENEWED and set(names) <= set(there)


def _names(host: str) -> list[x509.GeneralName]:
    """Name this machine in every way that a browser may: by its names and by the addresses that it has."""
    there = {address.address.split("%")[0] for each in psutil.net_if_addrs().values() for address in each}
    words = {"localhost", socket.gethostname(), socket.getfqdn(), *there, host}
    names: set[x509.GeneralName] = set()
    for word in words:
        try:
            address = ipaddress.ip_address(word)
        except ValueError:
            if word.isascii() and ":" not in word:
                names.add(x509.DNSName(word))
        else:
            if not address.is_unspecified:
                names.add(x509.IPAddress(address))
    return sorted(names, key=str)


def _authority(now: datetime) -> Identity:
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name(f"Flotilla of {socket.gethostname()} {key.public_key().public_numbers().x:064x}"[:48])
    uses = _uses(key_cert_sign=True, crl_sign=True)
    made = _certificate(key.public_key(), name, name, (now, AUTHORITY_LIFE))
    made = made.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    made = made.add_extension(uses, critical=True)
    return Identity(key, made.sign(key, hashes.SHA256()))


def _server(authority: Identity, names: Sequence[x509.GeneralName], now: datetime) -> Identity:
    key, issuer = ec.generate_private_key(ec.SECP256R1()), authority.certificate
    made = _certificate(key.public_key(), _name("Flotilla"), issuer.subject, (now, SERVER_LIFE))
    made = made.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    made = made.add_extension(_uses(digital_signature=True), critical=True)
    made = made.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    made = made.add_extension(x509.SubjectAlternativeName(names), critical=False)
    signer = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key())
    return Identity(key, made.add_extension(signer, critical=False).sign(authority.key, hashes.SHA256()))


def _certificate(
    key: ec.EllipticCurvePublicKey, subject: x509.Name, issuer: x509.Name, life: tuple[datetime, timedelta]
) -> x509.CertificateBuilder:
    begins, lasts = life
    made = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key)
    made = made.serial_number(x509.random_serial_number())
    # A browser whose clock is a little behind believes it too.
    made = made.not_valid_before(begins - timedelta(days=1)).not_valid_after(begins + lasts)
    return made.add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _uses(**allowed: bool) -> x509.KeyUsage:
    every = (
        *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement"),
        *("key_cert_sign", "crl_sign", "encipher_only", "decipher_only"),
    )
    return x509.KeyUsage(**{name: allowed.get(name, False) for name in every})
