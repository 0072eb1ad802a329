"""Words and sentences: the round trip, any split of the bytes, the bounds, and what cannot be read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routeros.errors import ProtocolError
from routeros.sentences import VARIED, Memo
from routeros.words import TAG, TEXT, Bounds, Command, Sentence, encode
from tests.routeros.parsers import PARSERS, Make

NAMES = st.text(st.characters(exclude_characters="=", exclude_categories=["Cs"]), min_size=1, max_size=20)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)
ROWS = st.dictionaries(NAMES, TEXTS, max_size=8)
REPLIES = st.lists(st.tuples(st.sampled_from(["!re", "!done", "!trap", "!empty"]), ROWS), min_size=1, max_size=6)

both = pytest.mark.parametrize("make", PARSERS)
"""With the parser in pure Python, and with the compiled one where it was built."""


def wire(reply: str, row: dict[str, str]) -> bytes:
    return encode(reply, *(f"={name}={value}" for name, value in row.items()))


def parsed(make: Make, data: bytes, *cuts: int) -> list[Sentence]:
    parser, sentences, begin = make(), [], 0
    for cut in sorted(c % (len(data) + 1) for c in cuts):
        sentences += parser.feed(data[begin:cut])
        begin = cut
    return sentences + parser.feed(data[begin:])


@both
@given(REPLIES)
def test_a_sentence_survives_the_round_trip(make: Make, replies: list[Sentence]) -> None:
    assert parsed(make, b"".join(wire(*reply) for reply in replies)) == replies


@both
@given(REPLIES, st.lists(st.integers(0, 10_000), max_size=12))
def test_any_split_gives_the_same_sentences(make: Make, replies: list[Sentence], cuts: list[int]) -> None:
    assert parsed(make, b"".join(wire(*reply) for reply in replies), *cuts) == replies


@both
def test_byte_by_byte_gives_the_same_sentences(make: Make) -> None:
    rows = {"short": "x", "256 bytes": "y" * 256, "16 KiB": "z" * 0x4000, "empty": ""}
    parser = make()
    data = wire("!re", rows) + wire("!done", {})
    assert [s for i in range(len(data)) for s in parser.feed(data[i : i + 1])] == [("!re", rows), ("!done", {})]


@both
@given(st.binary(max_size=400), st.lists(st.integers(0, 400), max_size=6))
def test_garbage_is_read_or_refused_the_same_in_every_split(make: Make, data: bytes, cuts: list[int]) -> None:
    def outcome(*places: int) -> list[Sentence] | None:
        try:
            return parsed(make, data, *places)
        except ProtocolError:
            return None

    assert outcome(*cuts) == outcome()


@both
@pytest.mark.parametrize("length", [0, 1, 0x7F, 0x80, 0xFF, 0x100, 0x3FFF, 0x4000, 0x1FFFF])
def test_words_of_every_length_class_are_read(make: Make, length: int) -> None:
    assert parsed(make, encode("!re", "=" + "a" * length)) == [("!re", {"a" * length: ""})]


@both
def test_a_five_byte_length_is_read(make: Make) -> None:
    assert make().feed(b"\xf0\x00\x00\x00\x03!re\x00") == [("!re", {})]


@both
@pytest.mark.parametrize("first", [0xF1, 0xF8, 0xFF])
def test_a_reserved_control_byte_is_refused(make: Make, first: int) -> None:
    with pytest.raises(ProtocolError, match=f"0x{first:02X}"):
        make().feed(bytes([first]) + b"abc")


@both
def test_empty_sentences_are_passed_over(make: Make) -> None:
    assert make().feed(b"\0\0\0" + wire("!done", {}) + b"\0") == [("!done", {})]


@both
def test_an_over_long_word_is_refused_before_it_arrives(make: Make) -> None:
    with pytest.raises(ProtocolError, match="limit is 1000"):
        make(Bounds(word=1000)).feed(b"\x83\xe9")


@both
@pytest.mark.parametrize("step", [1, 7, 100_000])
def test_an_endless_sentence_is_refused(make: Make, step: int) -> None:
    data = encode(*["=a=b"] * 2049)
    with pytest.raises(ProtocolError, match="2048 words"):
        parsed(make, data, *range(0, len(data), step))


@both
def test_too_many_bytes_in_a_sentence_are_refused(make: Make) -> None:
    parser = make(Bounds(sentence=10_000))
    with pytest.raises(ProtocolError):
        [parser.feed(encode("=a=" + "x" * 3000)[:-1]) for _ in range(4)]


def test_text_is_utf8_and_else_latin1() -> None:
    assert Memo()["=comment=Küche ū".encode()] == ("comment", "Küche ū")
    assert Memo()["=comment=Küche".encode("latin-1")] == ("comment", "Küche")


@pytest.mark.parametrize(
    ("word", "pair"),
    [
        (b"=name=ether1", ("name", "ether1")),
        (b"=comment=a=b=c", ("comment", "a=b=c")),
        (b"=comment=", ("comment", "")),
        (b"=dynamic", ("dynamic", "")),
        (b"=.id=*1A", (".id", "*1A")),
        (b".tag=17", (TAG, "17")),
        (b"=.tag=17", (".tag", "17")),
        (b"not logged in", (TEXT, "not logged in")),
    ],
)
def test_a_word_is_split_into_name_and_value(word: bytes, pair: tuple[str, str]) -> None:
    assert Memo()[word] == pair


def test_a_full_memo_starts_afresh() -> None:
    memo = Memo(room=3)
    for number in range(10):
        assert memo[b"=a=%d" % number] == ("a", str(number))
    assert len(memo) <= 3
    kept = set(memo)
    for word, value in ((b"=a=" + b"x" * 100, "x" * 100), (b"=a=78230773084", "78230773084")):
        assert memo[word] == ("a", value)
    assert set(memo) == kept


def test_what_varies_from_device_to_device_is_not_kept_beside_what_does_not() -> None:
    memo = Memo()
    assert memo[b"=type=ether"] == ("type", "ether")
    for number in range(1000):
        assert memo[b"=name=port%d" % number] == ("name", f"port{number}")
    assert b"=type=ether" in memo
    assert len(memo) == 1 + VARIED


def test_a_command_is_encoded_with_its_properties_attributes_queries_and_tag() -> None:
    command = Command("/interface/print", ("name", "type"), {"stats": ""}, ("?type=wlan",))
    expected = encode("/interface/print", "=.proplist=name,type", "=stats=", "?type=wlan", ".tag=7")
    assert command.tagged("7") == expected


def test_a_commands_attributes_are_not_printed() -> None:
    assert "hunter2" not in repr(Command("/login", attributes={"password": "hunter2"}))


@pytest.mark.parametrize(
    "wrong",
    [{"menu": "system"}, {"menu": ""}, {"menu": "/x", "queries": ("",)}, {"menu": "/x", "attributes": {"a=b": "c"}}],
)
def test_a_command_that_would_break_the_framing_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="no "):
        Command(**wrong)  # type: ignore[arg-type]


def test_text_that_cannot_be_sent_is_a_protocol_error() -> None:
    with pytest.raises(ProtocolError, match="surrogates"):
        encode("/login", "=name=\ud800")
