"""The certificate of the API as the router tells it, and others that are made or brought."""

from __future__ import annotations

import ssl

from routeros.simulator.doors import certificates
from routeros.simulator.parts.files import Files
from tests.routeros.simulator.desk import Desk

PATH = "/certificate"


def test_the_certificate_of_the_api_is_told() -> None:
    desk = Desk()
    made = certificates.make("router", "127.64.0.1")
    desk.router.certificate = made.certificate
    (row,) = desk.rows(f"{PATH}/print")
    assert (row["name"], row["common-name"], row["fingerprint"]) == ("api", "router", made.fingerprint)
    assert row["invalid-after"].startswith("2049-12-31")
    assert "expired" not in row


def test_a_template_is_signed_once_and_that_is_undone() -> None:
    desk = Desk()
    desk.ask(f"{PATH}/add", "=name=own", "=common-name=me", "=days-valid=10")
    assert "fingerprint" not in desk.rows(f"{PATH}/print", "?name=own")[0]
    desk.rows(f"{PATH}/sign", "=number=own")
    (row,) = desk.rows(f"{PATH}/print", "?name=own")
    assert (row["common-name"], row["days-valid"], row["private-key"]) == ("me", "10", "true")
    assert desk.trap(f"{PATH}/sign", "=number=own")["message"] == "failure: already signed"
    desk.rows("/undo")
    assert "fingerprint" not in desk.rows(f"{PATH}/print", "?name=own")[0]


def test_a_certificate_comes_out_of_a_file() -> None:
    desk = Desk()
    made = certificates.make("ca", "127.0.0.1")
    files = desk.router.part(Files)
    files.write("ca.crt", ssl.DER_cert_to_PEM_cert(made.certificate).encode())
    files.write("no.crt", b"hello")
    assert desk.rows(f"{PATH}/import", "=file-name=ca.crt", "=passphrase=")[0]["certificates-imported"] == "1"
    assert desk.rows(f"{PATH}/import", "=file-name=no.crt")[0]["certificates-imported"] == "0"
    (row,) = desk.rows(f"{PATH}/print", "?name=ca.crt_0")
    assert row["fingerprint"] == made.fingerprint
    desk.rows(f"{PATH}/remove", "=numbers=ca.crt_0")
    assert desk.rows(f"{PATH}/print") == []
