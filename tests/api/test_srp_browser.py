"""``static/srp.js`` in a real browser, against ``api/srp.py``."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from functools import partial
from hashlib import shake_256
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from api import secretkey, srp
from api.srp import GROUP
from tests.api.test_srp import VECTORS
from tests.fixtures.browser import PATIENCE_MS

STATIC = Path(srp.__file__).with_name("static")
COUNT = 24
PARTS = (("a", 32), ("b", 32), ("salt", 16), ("key", 16))

RUN = """async ({ email, password, secret_key, salt, rounds, a, B }) => {
  const srp = await import("/srp.js");
  const big = (text) => BigInt("0x" + text), shown = (value) => srp.hex(srp.pad(value));
  const key = await srp.read(secret_key), bytes = srp.unhex(salt), A = srp.open(big(a));
  const x = await srp.stretch(password, key, bytes, rounds), S = await srp.share(A, big(B), x, big(a));
  const proofs = await srp.proofs(email, bytes, A, big(B), S);
  return { key: srp.hex(key), written: await srp.write(key), x: shown(x), verifier: shown(srp.open(x)),
           A: shown(A), S: shown(S), ...proofs };
}"""
READ = """async (texts) => {
  const srp = await import("/srp.js");
  return Promise.all(texts.map(async (text) => { const key = await srp.read(text); return key && srp.hex(key); }));
}"""
REFUSED = """async ({ A, B }) => {
  const srp = await import("/srp.js");
  try { return await srp.share(BigInt("0x" + A), BigInt("0x" + B), 3n, 5n).then(() => false); } catch { return true; }
}"""


class _Files(http.server.SimpleHTTPRequestHandler):
    """The static files, without a word."""

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def bench(chromium: Browser) -> Iterator[Page]:
    """A page at a server of the static files alone."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(_Files, directory=str(STATIC))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with chromium.new_context() as context:
            context.set_default_timeout(PATIENCE_MS)
            page = context.new_page()
            page.goto(f"http://127.0.0.1:{server.server_address[1]}/flotilla.svg")
            yield page
        server.shutdown()


def wide(number: int) -> str:
    return GROUP.pad(number).hex()


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_the_browser_does_what_our_vectors_say(bench: Page, vector: dict[str, Any]) -> None:
    found = bench.evaluate(RUN, vector)
    assert found == {
        **{name: vector[name] for name in ("key", "verifier", "A", "S", "M1", "M2")},
        "x": wide(int(vector["x"], 16)),
        "written": vector["secret_key"],
    }


def test_the_browser_and_python_agree_where_secrets_begin_with_zeros(bench: Page) -> None:
    for number in range(COUNT):
        zeros = number % 4
        a, b, salt, key = (_bytes(f"{name}{number}", length, zeros) for name, length in PARTS)
        shown = secretkey.write(key)
        secret = srp.stretch(f"password {number} ÿ", key, salt, 1 + number)
        verifier = GROUP.public(secret)
        mine, theirs = int.from_bytes(a), int.from_bytes(b)
        A, B = GROUP.public(mine), GROUP.offer(verifier, theirs)
        proofs = GROUP.proofs("noc@north.example", salt, A, B, GROUP.served(A, B, verifier, theirs))
        asked = {"email": "noc@north.example", "password": f"password {number} ÿ", "secret_key": shown.lower()}
        found = bench.evaluate(RUN, {**asked, "salt": salt.hex(), "rounds": 1 + number, "a": a.hex(), "B": wide(B)})
        assert (found["M1"], found["M2"]) == (proofs.m1.hex(), proofs.m2.hex())
        assert found["written"] == shown


def _bytes(name: str, length: int, zeros: int) -> bytes:
    """Make bytes, the same in every run, of which the first are zeros."""
    return bytes(zeros) + shake_256(name.encode()).digest(length - zeros)


def test_the_browser_refuses_what_is_no_secret_key(bench: Page) -> None:
    good = secretkey.write(bytes(range(16)))
    bad = ["", "F1", good[:-1], good[:-1] + ("0" if good[-1] != "0" else "1"), "F2" + good[2:], good[:-1] + "U"]
    assert bench.evaluate(READ, [good, good.lower().replace("-", " "), *bad]) == [bytes(range(16)).hex()] * 2 + [
        None
    ] * len(bad)


@pytest.mark.parametrize("bad", [0, GROUP.prime])
def test_the_browser_refuses_a_public_value_that_opens_every_door(bench: Page, bad: int) -> None:
    assert bench.evaluate(REFUSED, {"A": wide(5), "B": wide(bad)})
    assert not bench.evaluate(REFUSED, {"A": wide(5), "B": wide(7)})
