"""Fuzzing of the parsers: mutated and random bytes, cut anywhere, must be read or refused the same by both of them.

``python -m tests.routeros.fuzz`` runs five million inputs, ``--sanitize`` fewer ones in a child whose compiled parser
was built with the address and undefined-behaviour sanitizers. An input is a string of bytes with the places where it
is cut; each is fed to a fresh parser in pure Python and to a fresh compiled one, and what both return or raise for
each piece is compared. Where no compiled parser was built, the pure one is compared with itself, cut and whole.
"""

from __future__ import annotations

import argparse
import importlib.machinery
import importlib.util
import multiprocessing
import os
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, TypeAlias

CORPUS = Path(__file__).parents[1] / "corpus" / "words"
SOURCE = Path(__file__).parents[2] / "routeros" / "_words.c"
BATCH = 10_000
PATIENCE = 1800.0
"""Seconds after which a run is given up as a hang."""

TELLING = b"\0\1\2\3\4\5.==\x7f\x80\x81\x84\xc0\xc3\xe0\xed\xf0\xf1\xff"
"""Bytes that mean something: lengths of all classes, reserved ones, what begins a word, pieces of UTF-8."""

FRAGMENTS = (
    b"\x03!re", b"\x05!done", b"\x05!trap", b"\x06.tag=7", b"\x06.tag=8", b"\x05.tag=", b"\x04=a=b", b"\x02=a",
    b"\x01=", b"\x02==", b"\x0c=n=123456789", b"\x04=\xc3\xbc=", b"\x03=\xfc=", b"\x80\x03=x=", b"\x80\x00",
    b"\xc0\x00\x02ab", b"\xe0\x00\x00\x01z", b"\xf0\x00\x00\x00\x01y", b"\x81\x00", b"\xff", b"\0", b"\0\0",
)  # fmt: skip

Outcome: TypeAlias = tuple[list[Any], str]
"""What a parser returned piece by piece, and what it raised."""


@dataclass(frozen=True, slots=True)
class Tally:
    """How many inputs were read to their end, and how many were refused."""

    read: int = 0
    refused: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.read + other.read, self.refused + other.refused)


class Differs(Exception):
    """The parsers do not agree about an input."""


def corpus() -> list[bytes]:
    """Read the saved inputs, in the order of their names."""
    return [path.read_bytes() for path in sorted(CORPUS.glob("*.bin"))]


def inputs(random: Random, saved: list[bytes]) -> Iterator[bytes]:
    """Make inputs without end: of saved ones, of fragments, and of nothing but chance."""
    while True:
        kind = random.getrandbits(3)
        if kind < 4:
            data = bytearray(saved[int(random.random() * len(saved))])
        elif kind < 7:
            data = bytearray(b"".join(random.choices(FRAGMENTS, k=1 + random.getrandbits(3))))
        else:
            data = bytearray(random.choices(TELLING, k=random.getrandbits(5)))
        for _ in range(random.getrandbits(2)):
            mutate(random, data)
        yield bytes(data)


def mutate(random: Random, data: bytearray) -> None:
    """Change, add, take away or double something."""
    place = int(random.random() * (len(data) + 1))
    kind = random.getrandbits(3)
    if kind < 2:
        data[place : place + 1] = bytes((random.getrandbits(8),))
    elif kind < 4:
        data[place : place + 1] = bytes((TELLING[int(random.random() * len(TELLING))],))
    elif kind == 4:
        data[place:place] = FRAGMENTS[int(random.random() * len(FRAGMENTS))]
    elif kind == 5:
        del data[place : place + 1 + random.getrandbits(3)]
    elif kind == 6:
        del data[place:]
    else:
        data[place:place] = data[place : place + random.getrandbits(6)]


def cuts(random: Random, size: int) -> list[int]:
    """Choose where an input is cut: nowhere, here and there, or everywhere."""
    kind = random.getrandbits(3)
    if kind == 7 and size < 200:
        return [*range(1, size + 1)]
    return [*sorted(int(random.random() * (size + 1)) for _ in range(kind >> 1)), size]


def outcome(take: Callable[[bytes], list[Any]], data: bytes, places: list[int]) -> Outcome:
    """Feed an input piece by piece, until its end or an error."""
    found: list[Any] = []
    begin = 0
    try:
        for place in places:
            found.append(take(data[begin:place]))
            begin = place
    except ProtocolError as error:
        return found, str(error)
    return found, ""


def run(seed: int, count: int) -> Tally:
    """Try so many inputs of a seed; raises Differs with the first about which the parsers do not agree."""
    random, read = Random(seed), 0
    bounds = (words.Bounds(), words.Bounds(word=20, words=4, sentence=60), words.Bounds(word=300, words=9))
    source = inputs(random, corpus())
    for number in range(count):
        data = next(source)
        places, limits = cuts(random, len(data)), bounds[number % 3]
        way = "runs" if number & 1 else "feed"
        mine = outcome(getattr(words.PurePython(limits), way), data, places)
        theirs = outcome(getattr(words.Parser(limits), way), data, places) if words.COMPILED else mine
        if mine != theirs or (number % 8 == 0 and not settled(way, limits, data, mine)):
            raise Differs(f"{way} of {data.hex()} cut at {places} with {limits}: {mine} and {theirs}")
        read += not mine[1]
    return Tally(read, count - read)


def settled(way: str, limits: Any, data: bytes, cut: Outcome) -> bool:
    """Tell whether an input is read or refused the same when it comes in one piece; runs may then be longer."""
    whole = outcome(getattr(words.PurePython(limits), way), data, [len(data)])
    if whole[1] or cut[1] or way == "runs":
        return bool(whole[1]) == bool(cut[1])
    return whole[0][0] == [sentence for piece in cut[0] for sentence in piece]


def main() -> None:
    """Fuzz as the command line says; exit with 1 at the first difference."""
    parser = argparse.ArgumentParser(prog="python -m tests.routeros.fuzz", description=__doc__)
    parser.add_argument("--inputs", type=int, default=0, help="how many (default 5,000,000; sanitized 300,000)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sanitize", action="store_true", help="build with sanitizers and run in a child")
    given = parser.parse_args()
    if given.sanitize:
        sys.exit(sanitized(given.inputs or 300_000, given.seed))
    race(given.inputs or 5_000_000, given.seed)


def race(count: int, seed: int) -> None:
    """Try inputs on all processors, and tell how it goes."""
    begun = told = time.monotonic()
    batches = [(seed * 1_000_003 + n, min(BATCH, count - n * BATCH)) for n in range(-(-count // BATCH))]
    tally = Tally()
    with multiprocessing.get_context("fork").Pool() as pool:
        for found in pool.imap_unordered(_run, batches):
            if isinstance(found, str):
                sys.exit(f"fuzz: {found}")
            tally += found
            now = time.monotonic()
            if now - begun > PATIENCE:
                sys.exit(f"fuzz: not done after {PATIENCE:.0f} s")
            if now - told > 5:
                told = now
                print(f"fuzz: {tally.read + tally.refused:,} of {count:,}", flush=True)
    what = "pure and compiled agree" if words.COMPILED else "pure only, cut and whole agree"
    print(
        f"fuzz: {tally.read + tally.refused:,} inputs of seed {seed} in {time.monotonic() - begun:.0f} s on "
        f"{os.cpu_count()} processors: {tally.read:,} read, {tally.refused:,} refused; {what}"
    )


def _run(batch: tuple[int, int]) -> Tally | str:
    try:
        return run(*batch)
    except Differs as difference:
        return str(difference)


def sanitized(count: int, seed: int) -> int:
    """Build the compiled parser with sanitizers and fuzz it in a child; return the child's exit status."""
    with tempfile.TemporaryDirectory() as place:
        built = Path(place) / "_words.so"
        flags = ["-O1", "-g", "-fPIC", "-shared", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
        include = sysconfig.get_path("include")
        subprocess.run(["gcc", *flags, "-Wall", "-Wextra", f"-I{include}", str(SOURCE), "-o", str(built)], check=True)
        library = subprocess.check_output(["gcc", "-print-file-name=libasan.so"], text=True).strip()
        # Python's own leaks at its end are no business of ours; malloc lets the sanitizer see every object.
        settings = {"LD_PRELOAD": library, "ASAN_OPTIONS": "detect_leaks=0", "PYTHONMALLOC": "malloc"}
        command = [sys.executable, "-m", "tests.routeros.fuzz", "--inputs", str(count), "--seed", str(seed)]
        environment = {**os.environ, **settings, WITH: str(built)}
        return subprocess.run(command, env=environment, timeout=PATIENCE).returncode


WITH = "FUZZ_WITH"
"""The variable that tells a child which build of the compiled parser to try."""


def _preload(path: str) -> None:
    """Let ``routeros.words`` find a compiled parser elsewhere."""
    name = "routeros._words"
    loader = importlib.machinery.ExtensionFileLoader(name, path)
    spec = importlib.util.spec_from_file_location(name, path, loader=loader)
    assert spec is not None
    sys.modules[name] = module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)


if WITH in os.environ:
    _preload(os.environ[WITH])

from routeros import words  # noqa: E402  (after what it may import was chosen)
from routeros.errors import ProtocolError  # noqa: E402

if __name__ == "__main__":
    main()
