"""The certificates of a router: ``/certificate``. That of the API is there, others are made or brought."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Container, Sequence
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from routeros.simulator import selecting
from routeros.simulator.catalogue import menus
from routeros.simulator.device import formats
from routeros.simulator.device.model import Model
from routeros.simulator.doors import certificates
from routeros.simulator.doors.wire import Call
from routeros.simulator.fields import flag, text, whole
from routeros.simulator.menu import Menu
from routeros.simulator.outcome import MISSING, Outcome, Refused, Reply, Row
from routeros.simulator.parts.files import Files
from routeros.simulator.parts.journal import note
from routeros.simulator.router import Change, Router
from routeros.simulator.selecting import chosen

PATH = "/certificate"
OWN = "api"
USAGE = "digital-signature,key-encipherment,data-encipherment,key-cert-sign,crl-sign,tls-server,tls-client"
_HIDDEN = ("der",)


def _stored(_: Model) -> list[Row]:
    return [{".id": "*1", "name": OWN, "trusted": "true", "private-key": "true"}]


def _show(router: Router, rows: Sequence[Row], _: Container[str]) -> Sequence[Row]:
    return [_shown(router, row) for row in rows if row[".id"] != "*1" or router.certificate]


def _shown(router: Router, row: Row) -> Row:
    """Tell a row with what its certificate says; a template has none yet."""
    der = base64.b64decode(row["der"]) if "der" in row else router.certificate if row[".id"] == "*1" else b""
    plain = {name: value for name, value in row.items() if name not in _HIDDEN}
    return {**plain, **_read(router, der)} if der else plain


def _read(router: Router, der: bytes) -> Row:
    found = x509.load_der_x509_certificate(der)
    names = found.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    start, end = found.not_valid_before_utc, found.not_valid_after_utc
    left = end - router.local(router.now())
    version = router.model.version
    row = {
        "common-name": str(names[0].value) if names else "",
        **({"key-type": "ec", "key-size": "prime256v1"} if version.major > 6 else {"key-type": "rsa"}),
        "days-valid": str((end - start).days),
        "serial-number": f"{found.serial_number:X}",
        "fingerprint": hashlib.sha256(der).hexdigest(),
        "invalid-before": formats.moment(version, start),
        "invalid-after": formats.moment(version, end),
    }
    if left > timedelta():
        return {**row, "expires-after": formats.span(left.total_seconds())}
    return {**row, "expired": "true"}


def _sign(router: Router, call: Call) -> Outcome:
    """Make the certificate that a template describes, signed by itself."""
    for row in _meant(router, call):
        if "der" in row or row[".id"] == "*1":
            raise Refused("failure: already signed")
        start = datetime.fromtimestamp(router.now(), UTC)
        lasting = start, start + timedelta(days=int(row.get("days-valid", "365")))
        made = certificates.make(row.get("common-name", row["name"]), router.model.address, lasting)
        before = dict(row)
        row |= {"der": base64.b64encode(made.certificate).decode(), "private-key": "true"}
        note(router, Change(PATH, PATH, before, dict(row), who=call.who))
    return Reply()


def _meant(router: Router, call: Call) -> list[Row]:
    return chosen(router, menus(router.model)[PATH], selecting.asked(call))


def _import(router: Router, call: Call) -> Outcome:
    """Take certificates out of a file; what is none counts as a failure, which is no error."""
    if not call.attributes.get("file-name"):
        raise Refused("missing value for argument file-name", MISSING)
    files = router.part(Files)
    data = files.read(files.named(call.attributes["file-name"]))
    try:
        found = x509.load_pem_x509_certificates(data)
    except ValueError:
        return Reply([{"certificates-imported": "0", "private-keys-imported": "0", "files-imported": "0"}])
    for number, one in enumerate(found):
        name = f"{call.attributes.get('name') or call.attributes['file-name']}_{number}"
        der = base64.b64encode(one.public_bytes(Encoding.DER)).decode()
        row = {"name": name, "trusted": "true", "der": der}
        table = router.table(PATH, _stored)
        note(router, Change(PATH, PATH, None, dict(table.rows[table.add(row)]), who=call.who))
    return Reply([{"certificates-imported": str(len(found)), "private-keys-imported": "0", "files-imported": "1"}])


MENU = Menu(
    PATH,
    _stored,
    _show,
    fields={
        "name": text(),
        "common-name": text(),
        "country": text(),
        "state": text(),
        "locality": text(),
        "organization": text(),
        "unit": text(),
        "subject-alt-name": text(),
        "key-size": text("2048"),
        "days-valid": whole(1, 36_500, "365"),
        "key-usage": text(USAGE),
        "trusted": flag(),
    },
    required=("name",),
    unique={("name",): "failure: certificate with the same name already exists"},
    commands={"sign": _sign, "import": _import},
)
