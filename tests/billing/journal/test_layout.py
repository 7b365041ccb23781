import pytest
from hypothesis import given
from hypothesis import strategies as st

from sretool.billing.journal import Kind, Pending, Record
from sretool.billing.journal.layout import (
    Damaged,
    SegmentHeader,
    base_of,
    decode_header,
    encode_group,
    encode_header,
    head_at,
    is_whole,
    record_at,
    segment_name,
)

POSITIONS = st.integers(0, (1 << 63) - 1)
PENDINGS = st.builds(
    Pending,
    kind=st.sampled_from(Kind),
    tenant=st.text(max_size=40).filter(lambda text: text.isprintable()),
    count=st.integers(0, 2**32 - 1),
    body=st.binary(max_size=300),
    batch_key=st.binary(max_size=40),
)


@given(st.lists(PENDINGS, min_size=1, max_size=5), POSITIONS, st.integers(-(1 << 63), (1 << 63) - 1))
def test_a_group_is_read_as_it_was_written(pendings: list[Pending], group: int, ingest_us: int) -> None:
    parts, places = encode_group(pendings, group, ingest_us=ingest_us)
    data, offset = b"".join(parts), 0
    for pending, place in zip(pendings, places, strict=True):
        head = head_at(data, offset, place.position)

        assert head is not None
        assert (head.group, head.end) == (group, place.end)
        assert is_whole(memoryview(data), offset, head)
        assert record_at(data, offset, head) == Record(
            place.position,
            place.end,
            pending.kind,
            ingest_us,
            pending.tenant,
            pending.count,
            pending.batch_key,
            pending.body,
        )
        offset += place.end - place.position
    assert offset == len(data)


@given(PENDINGS, st.integers(0, 10**6), st.data())
def test_any_wrong_byte_is_noticed(pending: Pending, position: int, data: st.DataObject) -> None:
    written = bytearray(b"".join(encode_group([pending], position, ingest_us=0)[0]))
    at = data.draw(st.integers(0, len(written) - 1))
    written[at] ^= data.draw(st.integers(1, 255))

    assert not reads_whole(bytes(written), position)


@given(PENDINGS, st.integers(0, 10**6), st.integers(0, 10**6))
def test_a_record_in_another_place_is_none(pending: Pending, position: int, other: int) -> None:
    written = b"".join(encode_group([pending], position, ingest_us=0)[0])

    assert reads_whole(written, other) == (position == other)


def reads_whole(data: bytes, position: int) -> bool:
    try:
        head = head_at(data, 0, position)
    except Damaged:
        return False
    return head is not None and head.end - position <= len(data) and is_whole(memoryview(data), 0, head)


@given(POSITIONS, st.integers(0, (1 << 63) - 1))
def test_a_header_is_read_as_it_was_written(base: int, floor_us: int) -> None:
    header = SegmentHeader(base, floor_us, bytes(range(16)))

    assert decode_header(encode_header(header)) == header


@given(st.integers(0, 63), st.integers(1, 255))
def test_any_wrong_byte_of_a_header_is_noticed(at: int, flip: int) -> None:
    written = bytearray(encode_header(SegmentHeader(7, 8)))
    written[at] ^= flip

    with pytest.raises(Damaged):
        decode_header(bytes(written))


@given(st.integers(0, 10**20 - 1))
def test_a_segment_is_named_by_its_base(base: int) -> None:
    assert base_of(segment_name(base)) == base


@pytest.mark.parametrize("name", ["durable", "1.seg", "0000000000000000000x.seg", f"{0:020d}.seg.old", f"{0:020d}"])
def test_other_files_are_no_segments(name: str) -> None:
    assert base_of(name) is None
