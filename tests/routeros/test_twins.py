"""The pure and the compiled parser: equal results, equal errors, bounded memory, and nothing that is left behind."""

from __future__ import annotations

import gc
import sys
import tracemalloc
from collections import deque
from itertools import repeat

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routeros.errors import ProtocolError
from routeros.words import Bounds, Parser, PurePython, encode
from tests.routeros import fuzz
from tests.routeros.parsers import PARSERS, Make, needs_compiled

both = pytest.mark.parametrize("make", PARSERS)

TIGHT = Bounds(word=40, words=5, sentence=90)
WORDS = st.one_of(
    st.binary(min_size=1, max_size=60),
    st.builds("={}={}".format, st.text(max_size=10), st.text(max_size=60)).map(str.encode),
    st.sampled_from([b"!re", b"!done", b"!trap", b"!fatal", b".tag=1", b".tag=2", b".tag=", b"=a=1", b"=a=2", b"="]),
)
SENTENCES = st.lists(WORDS, max_size=8).map(lambda words: b"".join(map(framed, words)) + b"\0")
GARBAGE = st.one_of(st.binary(max_size=30), st.sampled_from([b"\xf1", b"\xff", b"\xf0\xff\xff\xff\xff", b"\x80\x00"]))
ENDLESS = [encode("=a=" + "x" * 5000)[:-1], encode("=a=b")[:-1], b"\xc3\xff\xfe" + b"x" * 9]
RECEIVED = st.lists(st.one_of(SENTENCES, SENTENCES, SENTENCES, GARBAGE), max_size=8).map(b"".join)


def framed(word: bytes) -> bytes:
    """Put a word's length before it, in two bytes, which every length under 16 KiB may have."""
    return (len(word) | 0x8000).to_bytes(2, "big") + word


@needs_compiled
@pytest.mark.parametrize("way", ["feed", "runs"])
@settings(max_examples=60)
@given(data=RECEIVED, cuts=st.lists(st.integers(0, 2000), max_size=8), bounds=st.sampled_from([Bounds(), TIGHT]))
def test_both_read_or_refuse_the_same_piece_by_piece(way: str, data: bytes, cuts: list[int], bounds: Bounds) -> None:
    places = [*sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    pure, compiled = (fuzz.outcome(getattr(make(bounds), way), data, places) for make in (PurePython, Parser))
    assert compiled == pure


def test_a_slice_of_the_fuzzing_finds_no_difference() -> None:
    tally = fuzz.run(seed=20_260_101, count=25_000)
    assert tally.read > 10_000
    assert tally.refused > 5_000


@needs_compiled
@pytest.mark.parametrize("count", [2047, 2048, 2049, 100_000])
def test_both_bear_as_many_words(count: int) -> None:
    data = encode("!re", *["=a=b"] * (count - 1))
    pure, compiled = (fuzz.outcome(make().feed, data, [len(data)]) for make in (PurePython, Parser))
    assert compiled == pure
    assert bool(pure[1]) is (count > 2048)


@both
def test_the_rows_of_a_reply_that_follow_each_other_are_one_run(make: Make) -> None:
    row = encode("!re", ".tag=1", "=a=1")
    other = encode("!re", "=a=2", ".tag=2")
    end = encode("!done", ".tag=1")
    assert make().runs(row + row + other + row + end + end + encode("!re")) == [
        ("!re", "1", [{"a": "1"}, {"a": "1"}]),
        ("!re", "2", [{"a": "2"}]),
        ("!re", "1", [{"a": "1"}]),
        ("!done", "1", [{}]),
        ("!done", "1", [{}]),
        ("!re", "", [{}]),
    ]


@both
def test_rows_do_not_share_what_is_done_to_them(make: Make) -> None:
    parser = make()
    first = parser.feed(encode("!re", "=name=a", "=mtu=1500") * 2)
    first[0][1]["name"] = "changed"
    first[0][1]["more"] = "x"
    first[1][1].clear()
    assert parser.feed(encode("!re", "=name=a", "=mtu=1500")) == [("!re", {"name": "a", "mtu": "1500"})]


@both
@pytest.mark.parametrize("received", ["!done", bytearray(encode("!done"))])
def test_what_is_not_bytes_is_refused(make: Make, received: object) -> None:
    with pytest.raises(TypeError):
        make().feed(received)


@both
@pytest.mark.parametrize("piece", ENDLESS)
def test_endless_input_is_refused_within_the_bounds(make: Make, piece: bytes) -> None:
    parser = make()
    tracemalloc.start()
    try:
        with pytest.raises(ProtocolError):
            deque(map(parser.feed, repeat(piece)), maxlen=0)
        assert tracemalloc.get_traced_memory()[1] < 4 * Bounds().sentence
    finally:
        tracemalloc.stop()


@both
def test_what_a_parser_holds_does_not_grow_with_what_it_read(make: Make) -> None:
    parser = make()
    data = encode("!re", "=contents=" + "x" * 60_000, "=number=123456789") * 3
    pieces = [data[begin : begin + 1000] for begin in range(0, len(data), 1000)]
    tracemalloc.start()
    try:
        for piece in pieces * 20:
            parser.feed(piece)
        assert tracemalloc.get_traced_memory()[1] < 1024 * 1024
    finally:
        tracemalloc.stop()


@needs_compiled
def test_nothing_is_left_behind() -> None:
    corpus = [(data, [*range(7, len(data), 7), len(data)]) for data in fuzz.corpus()]

    def live() -> None:
        for data, places in corpus:
            for way in ("feed", "runs"):
                fuzz.outcome(getattr(Parser(), way), data, places)
                fuzz.outcome(getattr(Parser(TIGHT), way), data, places)

    live()
    before = sys.getallocatedblocks(), sys.getrefcount(Parser), sys.getrefcount("")
    for _ in range(200):
        live()
    after = sys.getallocatedblocks(), sys.getrefcount(Parser), sys.getrefcount("")
    assert after[0] - before[0] < 100
    assert after[1] == before[1]
    assert abs(after[2] - before[2]) < 100


@needs_compiled
def test_what_runs_while_a_parser_reads_cannot_make_it_read_more() -> None:
    parser, refused = Parser(), []

    class Garbage:
        def __init__(self) -> None:
            self.me = self

        def __del__(self) -> None:
            try:
                parser.feed(encode("!re", "=a=b"))
            except RuntimeError as error:
                refused.append(error)

    data = b"".join(encode("!re", *(f"=n{i}-{row}=v" for i in range(30))) for row in range(50))
    before = gc.get_threshold()
    gc.disable()
    try:
        Garbage()
        gc.set_threshold(20)
        gc.enable()
        found = parser.feed(data)
    finally:
        gc.set_threshold(*before)
        gc.enable()
    gc.collect()
    assert len(found) == 50
    assert parser.feed(encode("!done")) == [("!done", {})]
    # From 3.12 on nothing is collected in the middle of a call.
    assert len(refused) == (sys.version_info < (3, 12))
