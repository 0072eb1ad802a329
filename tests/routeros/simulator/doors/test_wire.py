"""The router's side of the wire, against the client's and librouteros's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from librouteros.protocol import encode_sentence

from routeros.simulator.doors.wire import Broken, Call, Reader, call, encode, sentence, word
from routeros.words import Parser

WORDS = st.lists(st.text(min_size=1, max_size=300), min_size=1, max_size=8)


@given(st.lists(WORDS, min_size=1, max_size=4), st.lists(st.integers(1, 50), min_size=1, max_size=20))
def test_sentences_are_read_however_they_are_split(sentences: list[list[str]], sizes: list[int]) -> None:
    data, reader = b"".join(map(encode, sentences)), Reader()
    read, place, turn = [], 0, 0
    while place < len(data):
        size = sizes[turn % len(sizes)]
        read += reader.feed(data[place : place + size])
        place, turn = place + size, turn + 1
    assert read == [[word.encode() for word in one] for one in sentences]
    assert reader.held == 0


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20), min_size=1))
def test_it_encodes_as_librouteros_does(words: list[str]) -> None:
    assert encode(words) == encode_sentence(*words, encoding="utf-8")


@pytest.mark.parametrize("length", [0x7F, 0x80, 0x3FFF, 0x4000, 0x1FFFFF, 0x200000])
def test_lengths_of_every_size_are_read_back(length: int) -> None:
    ((content,),) = Reader(longest=0x400000).feed(encode(["x" * length]))
    assert len(content) == length


def test_a_row_is_what_the_client_reads() -> None:
    row = {".id": "*1", "name": "ether1", "comment": "a=b\r\nü", "empty": ""}
    data = sentence(word("!re") + word(".tag=5"), row)
    assert Parser().feed(data) == [("!re", {"=tag": "5", **row})]


def test_empty_sentences_are_passed_over() -> None:
    assert Reader().feed(b"\0\0\x01a\0\0") == [[b"a"]]
    assert Reader().feed(b"\0" * 5 + b"\x01a\0\0\0\0\x01b\x01c\0\0") == [[b"a"], [b"b", b"c"]]


@pytest.mark.parametrize("data", [b"\xf0", b"\xf8", b"\xff", b"\xe0\xff\xff\xff", word("x" * 100_000)])
def test_a_reserved_byte_or_an_endless_word_breaks(data: bytes) -> None:
    with pytest.raises(Broken):
        Reader().feed(data)


@given(st.binary(max_size=400))
def test_garbage_is_read_or_breaks_and_nothing_else(data: bytes) -> None:
    reader = Reader()
    try:
        reader.feed(data)
    except Broken:
        return
    assert reader.held <= len(data)


def test_a_call_is_taken_apart() -> None:
    words = [b"/ip/address/print", b"=.proplist=a,b", b"=x==1=2", b"=bare", b"?name=a=b", b"?#!", b".tag=7", b"odd"]
    assert call(words) == Call(
        "/ip/address", "print", {".proplist": "a,b", "x": "=1=2", "bare": ""}, ("name=a=b", "#!"), "7"
    )
    assert call([b"/login"]) == Call("", "login")
    assert call([b"/ip/address/print/"]).path == "/ip/address/print"
    assert call([b"nonsense"]) == Call("", "nonsense")
