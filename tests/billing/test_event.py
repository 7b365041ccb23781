"""A batch is valid or not, and the fast way and the slow way say the same."""

import json
import sys
from datetime import UTC, datetime, timedelta

import pytest
from billing.corpus import (
    BODIES,
    ESCAPED_TIMESTAMPS,
    PAIRS,
    TIMESTAMPS,
    body,
    event,
    with_escaped_timestamp,
    with_properties,
    with_timestamp,
)
from hypothesis import given
from hypothesis import strategies as st

from sretool.billing.event import (
    NotABatch,
    decode,
    decode_accepted,
    faults_of,
    same_payload,
    timestamp,
    timestamp_us,
)
from sretool.billing.event_faults import Fault
from sretool.billing.recount import reading


def is_valid(raw: bytes) -> bool:
    try:
        decode(raw)
    except NotABatch:
        return False
    return True


@pytest.mark.parametrize("name", BODIES)
def test_a_batch_decodes_if_and_only_if_it_has_no_faults(name: str) -> None:
    raw, valid = BODIES[name]

    assert (is_valid(raw), not faults_of(raw)) == (valid, valid)


@pytest.mark.parametrize("name", [name for name, (_, valid) in BODIES.items() if valid])
def test_a_batch_that_was_accepted_decodes_to_the_same_without_the_checks(name: str) -> None:
    raw, _ = BODIES[name]

    assert decode_accepted(raw) == decode(raw)


@pytest.mark.parametrize(("text", "expected_us"), TIMESTAMPS.items())
def test_a_timestamp_is_truncated_to_the_microsecond(text: str, expected_us: int | None) -> None:
    raw = with_timestamp(text)

    assert (timestamp_us(decode(raw)[0]) if is_valid(raw) else None) == expected_us


@pytest.mark.parametrize(
    ("text", "expected_us"), [(text, us) for text, us in ESCAPED_TIMESTAMPS.items() if us is not None]
)
def test_an_escaped_timestamp_is_the_same_instant_for_every_parser(text: str, expected_us: int) -> None:
    raw = with_escaped_timestamp(text)

    [decoded], [accepted], [recounted] = decode(raw), decode_accepted(raw), reading.events(raw)

    assert (timestamp_us(decoded), timestamp_us(accepted), recounted[3]) == (expected_us,) * 3


@pytest.mark.parametrize("escape", [r"\u002e", "."])
def test_an_event_that_is_sent_again_with_or_without_escapes_is_the_same(escape: str) -> None:
    [first] = decode(with_escaped_timestamp(rf"2026-01-31T23:59:59{escape}9999999Z"))
    [again] = decode(with_timestamp("2026-01-31T23:59:59.9999999Z"))

    assert same_payload(first, again)


@pytest.mark.parametrize(("one", "other", "same"), PAIRS)
def test_the_same_payload_is_the_same_decoded_event(
    one: dict[str, object], other: dict[str, object], same: bool
) -> None:
    first, second = decode(body(one))[0], decode(body(other))[0]

    assert (same_payload(first, second), same_payload(second, first)) == (same, same)


def test_every_faulty_event_is_listed_with_all_its_faults() -> None:
    raw = body(
        event(),
        event(transaction_id=..., properties={"bytes": 1.5, "nested": []}),
        event(),
        event(timestamp="yesterday", colour="red"),
    )

    assert [(fault.index, fault.path, fault.reason) for fault in faults_of(raw)] == [
        (1, "transaction_id", "the field is missing"),
        (1, "properties.bytes", "the number has a fraction or an exponent"),
        (1, "properties.nested", "the value is an array"),
        (3, "timestamp", "'yesterday' is no instant"),
        (3, "colour", "the field is unknown"),
    ]


def test_a_number_with_a_fraction_is_answered_with_the_remedy() -> None:
    [fault] = faults_of(with_properties('{"bytes": 1.5}'))

    assert fault.remedy == 'write a string, as in "12.5"'


def test_a_batch_that_is_too_long_says_how_long_it_is() -> None:
    [fault] = faults_of(body(*[event()] * 101))

    assert (fault.index, fault.reason) == (None, "the batch has 101 events")


def test_faults_can_be_printed_whatever_the_body_says() -> None:
    raw = with_properties('{"\\ud83d": "\\ud83d", "\\ud83d": 1}')[:-2] + b', "\\ude00": 1}]'

    for fault in faults_of(raw):
        json.dumps([fault.path, fault.reason, fault.remedy], ensure_ascii=False).encode()


texts = st.text(max_size=8) | st.sampled_from(
    ["a", "region", 'a"b', "a\\", "\\\\", "\0", "2026-01-01T00:00:00.12345678Z"]
)
scalars = st.none() | st.booleans() | st.integers(-(2**54), 2**54) | st.floats() | texts
members = st.lists(st.tuples(texts, scalars | st.lists(st.none(), max_size=1)), max_size=4)
FIRST, LAST = datetime(1, 1, 3), datetime(9999, 12, 29)  # noqa: DTZ001  Hypothesis adds the zone.
valid_instants = st.datetimes(FIRST, LAST, timezones=st.timezones() | st.just(UTC)).map(datetime.isoformat)


def object_text(pairs: list[tuple[str, object]], *, ascii_only: bool) -> str:
    def spelt(value: object) -> str:
        if isinstance(value, list) and value and isinstance(value[0], tuple):
            return object_text(value, ascii_only=ascii_only)
        return json.dumps(value, ensure_ascii=ascii_only)

    return "{" + ", ".join(f"{spelt(key)}: {spelt(value)}" for key, value in pairs) + "}"


@st.composite
def odd_events(draw: st.DrawFn, *, ascii_only: bool) -> str:
    """Mostly fine, with keys that may come twice, values of any type, and any spelling of characters."""
    pairs: list[tuple[str, object]] = [
        ("transaction_id", draw(texts)),
        ("customer_id", draw(texts)),
        ("event_type", "api_call"),
        ("timestamp", draw(valid_instants | st.sampled_from(sorted(TIMESTAMPS)))),
    ]
    pairs += [("properties", many) for many in draw(st.lists(members, max_size=2)) if many]
    pairs += draw(st.sampled_from([[], [], [], [("customer_id", "again")], [("properties", {})], [("x", "y")]]))
    return object_text(pairs, ascii_only=ascii_only)


@given(st.data(), st.booleans())
def test_decoding_and_listing_faults_agree_on_any_batch(data: st.DataObject, ascii_only: bool) -> None:
    batch = data.draw(st.lists(odd_events(ascii_only=ascii_only), max_size=3))
    raw = ("[" + ",".join(batch) + "]").encode("utf-8", "surrogatepass")

    assert is_valid(raw) == (not faults_of(raw))


@given(st.sampled_from([raw for raw, _ in BODIES.values() if len(raw) < 2000]), st.data())
def test_they_agree_on_a_body_with_a_byte_changed(raw: bytes, data: st.DataObject) -> None:
    changed = bytearray(raw or b" ")
    changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))

    assert is_valid(bytes(changed)) == (not faults_of(bytes(changed)))


@given(st.text("0123456789-:.TtZz+ ,", max_size=32) | st.sampled_from(sorted(TIMESTAMPS)), st.data())
def test_both_readers_of_timestamps_know_the_same_instants(text: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(text)))
    text = text[:at] + data.draw(st.sampled_from(["", "0", "9", ":", "Z", "+"])) + text[at + 1 :]
    read, raw = timestamp(text), with_timestamp(text)

    assert is_valid(raw) == (read is not None)
    if read is not None:
        assert decode(raw)[0].timestamp == read


@given(st.sampled_from([text for text, us in TIMESTAMPS.items() if us is not None]), st.data())
def test_an_instant_does_not_depend_on_which_characters_are_escaped(text: str, data: st.DataObject) -> None:
    escaped = data.draw(st.sets(st.integers(0, len(text) - 1)))
    spelt = "".join(f"\\u{ord(sign):04x}" if at in escaped else sign for at, sign in enumerate(text))

    assert timestamp_us(decode(with_escaped_timestamp(spelt))[0]) == TIMESTAMPS[text]


@given(st.datetimes(FIRST, LAST, timezones=st.just(UTC)))
def test_an_instant_in_microseconds_is_exact_in_every_year(instant: datetime) -> None:
    [decoded] = decode(with_timestamp(instant.isoformat()))

    assert datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=timestamp_us(decoded)) == instant


def test_a_key_that_is_there_many_thousand_times_is_counted_in_one_pass():
    keys = ",".join(f'"k{number}":1' for number in range(60_000))

    found = faults_of(f'[{{{keys},"k0":1}}]'.encode())

    assert Fault(0, "k0", "the key is there 2 times", "write it once") in found


def test_of_an_event_with_very_many_faults_the_first_are_told_and_that_there_are_more() -> None:
    found = faults_of(body(event(properties={f"p{number}": 1.5 for number in range(90)}), event(colour="red")))

    last_of_the_first, other = found[-2:]
    assert len(found) == 52
    assert (last_of_the_first.index, last_of_the_first.reason) == (0, "there are more faults than these 50")
    assert (other.index, other.reason) == (1, "the field is unknown")


_SIZE = 2**16  # Sixteen of these are as much as a batch may have.


def _steps(raw: bytes) -> int:
    """How many functions, Python's own among them, it takes to find what is wrong in a batch."""
    steps, before = 0, sys.getprofile()

    def count(_frame: object, what: str, _about: object) -> None:
        nonlocal steps
        steps += what.endswith("call")

    sys.setprofile(count)
    try:
        faults_of(raw)
    finally:
        sys.setprofile(before)
    return steps


@pytest.mark.parametrize(
    ("head", "repeated", "tail"),
    [
        ("[", "{}", "]"),
        ("[", "0", "]"),
        ("[", '{"timestamp":"0001-01-01T00:00:00Z"}', "]"),
        ("[{", '"":1', "}]"),
        ('[{"properties":{', '"":1.5', "}}]"),
        ('[{"properties":{"a":', "[[[[[]]]]]", "}}]"),
    ],
)
def test_whatever_a_batch_says_its_faults_are_few_and_found_in_steps_that_grow_as_it_does(head, repeated, tail) -> None:
    once, twice = (
        (head + ",".join([repeated] * (size // (len(repeated) + 1))) + tail).encode() for size in (_SIZE, 2 * _SIZE)
    )

    assert 0 < len(faults_of(twice)) <= 501
    assert _steps(once) < 2 * _SIZE
    assert _steps(twice) < 2.1 * _steps(once)


def _functions_called(raw: bytes) -> set[str]:
    """Which functions of Python it takes to decode a batch."""
    called: set[str] = set()
    before = sys.getprofile()
    sys.setprofile(lambda frame, what, _: called.add(frame.f_code.co_qualname) if what == "call" else None)
    try:
        decode(raw)
    finally:
        sys.setprofile(before)
    return called


@pytest.mark.parametrize("text", ["\\", 'a"b', '\\"', "\\\\"])
def test_a_batch_with_backslashes_is_decoded_without_looking_for_faults(text: str) -> None:
    plain, escaped = (body(*[event(properties={"a": value})] * 100) for value in ("a", text))

    assert _functions_called(escaped) == _functions_called(plain)
