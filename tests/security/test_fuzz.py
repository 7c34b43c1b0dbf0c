"""Any bytes, in any pieces: what reads them answers with a value or its own refusal, in little time and memory."""

import io
import json
import math
import time
import zipfile

import msgspec
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from patience import patience
from websockets.frames import Frame, Opcode

from console.core.strict import MAX_INTEGER, StrictError, loads
from console.ingest.decode import Door, read_observations
from console.ingest.run_of_show import plan
from console.realtime import protocol
from console.realtime.wire import Reader, WireError

NOW_MS = 1_800_000_000_000
MANY = settings(max_examples=400, deadline=None, database=None)
FEW = settings(max_examples=60, deadline=None, database=None)


def frames() -> st.SearchStrategy[bytes]:
    """Frames as clients send them, sound and broken, whole and in fragments."""
    opcodes = st.sampled_from(list(Opcode))
    payloads = st.binary(max_size=130) | st.sampled_from(
        [b'{"type":"clock","t":1}', b"x" * 4_096, b"x" * 4_097, b"\x03\xe8", "é".encode()]
    )
    sound = st.builds(lambda opcode, payload, fin: Frame(opcode, payload, fin=fin), opcodes, payloads, st.booleans())
    return sound.map(masked) | st.binary(max_size=40)


def masked(frame: Frame) -> bytes:
    try:
        return frame.serialize(mask=True)
    except Exception:  # noqa: BLE001 - what the library will not even write is no frame
        return b""


@MANY
@given(st.lists(frames(), max_size=12).map(b"".join), st.lists(st.integers(1, 300), max_size=20))
def test_any_chunks_of_any_frames_give_messages_or_a_wire_error(data: bytes, cuts: list[int]) -> None:
    whole, pieces = heard(Reader(), [data]), heard(Reader(), chunks(data, cuts))
    assert pieces == whole


def chunks(data: bytes, cuts: list[int]) -> list[bytes]:
    parts = []
    for cut in cuts:
        parts.append(data[:cut])
        data = data[cut:]
    return [*parts, data]


def heard(reader: Reader, pieces: list[bytes]) -> list[object]:
    """All messages, or the code of the error if there was one: what came before it in one piece is lost with it."""
    found: list[object] = []
    for piece in pieces:
        try:
            for message in reader.feed(piece):
                found.append(message)
                if message[0] is Opcode.TEXT:
                    assert isinstance(protocol.understood(message[1]), protocol.Clock | protocol.Close)
        except WireError as error:
            return [error.code]
        assert len(reader._data) + len(reader._begun) <= 2 * protocol.MESSAGE_BYTES + max(map(len, pieces)) + 14
    return found


def reference(raw: bytes) -> object:
    """The strictest of the well-known parsers, and on top of it what the door forbids. Raises ValueError."""
    msgspec.json.decode(raw)
    return json.loads(raw.decode(), object_pairs_hook=once, parse_float=never, parse_constant=never, parse_int=bounded)


def once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    if len({key for key, _ in pairs}) < len(pairs):
        raise ValueError("twice")
    return dict(pairs)


def never(_text: str) -> None:
    raise ValueError("no number")


def bounded(digits: str) -> int:
    if len(digits) > 17 or abs(int(digits)) > MAX_INTEGER:
        raise ValueError("large")
    return int(digits)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=6,
)
documents = values.map(lambda value: json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass"))
spoiled = st.builds(
    lambda raw, at, other: raw[: at % (len(raw) + 1)] + other + raw[at % (len(raw) + 1) :],
    documents, st.integers(0, 200), st.sampled_from([b",", b":", b'"', b"0", b"-", b".", b"e9", b"NaN", b"\\", b"\\ud800", b"\\u0000", b"\x00", b"\xff", b"{", b"]", b"\xef\xbb\xbf", b"/**/", b" "]),
)  # fmt: skip


@MANY
@given(documents | spoiled | st.binary(max_size=30))
def test_what_is_read_is_what_a_reference_reads_and_nothing_else(raw: bytes) -> None:
    try:
        found = loads(raw)
    except StrictError:
        return
    assert same(found, reference(raw))


def same(one: object, other: object) -> bool:
    return one == other and not (isinstance(one, float) and math.isnan(one))


@MANY
@given(documents)
def test_what_the_reference_reads_is_refused_only_for_a_reason(raw: bytes) -> None:
    try:
        reference(raw)
    except (ValueError, RecursionError):
        return
    refusal = refusal_of(raw)
    assert any(reason in refusal for reason in ("", "NUL", "surrogate", "deeper")[bool(refusal) :])


def refusal_of(raw: bytes) -> str:
    try:
        loads(raw)
    except StrictError as error:
        return str(error)
    return ""


@MANY
@given(st.lists(documents | spoiled, max_size=6), st.sampled_from([b"[%s]", b'{"items":[%s]}', b"%s"]))
def test_any_batch_is_read_or_refused_and_a_good_item_is_kept(items: list[bytes], form: bytes) -> None:
    good = json.dumps({"kind": "like", "source": "s", "id": "1", "at": NOW_MS, "user": "u"}).encode()
    body = form % (b"\n" if form == b"%s" else b",").join([good, *items])
    try:
        read = read_observations(body, Door(NOW_MS, "CNY"))
    except StrictError:
        return
    assert read.items[0][0] == 0
    assert all(rejected.why for rejected in read.rejected)


def workbook() -> bytes:
    held = io.BytesIO()
    with xlsxwriter.Workbook(held) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate([("环节", "时长", "商品"), ("开场", "5分钟", "1"), ("讲品", "00:10:00", "2,3")]):
            sheet.write_row(number, 0, row)
    return held.getvalue()


XLSX = workbook()
CSV = '环节,时长,商品\n开场,5分钟,1\n讲品,00:10:00,"2,3"\n'.encode()
changes = st.lists(st.tuples(st.integers(0, 10**6), st.binary(min_size=1, max_size=6)), min_size=1, max_size=8)


def mutated(raw: bytes, changed: list[tuple[int, bytes]]) -> bytes:
    held = bytearray(raw)
    for at, other in changed:
        held[at % len(held) : at % len(held) + len(other)] = other
    return bytes(held)


@FEW
@given(st.sampled_from([("a.xlsx", XLSX), ("a.csv", CSV), ("a.ods", XLSX), ("a.csv", XLSX)]), changes)
def test_a_mutated_sheet_is_planned_or_refused_at_once(
    file: tuple[str, bytes], changed: list[tuple[int, bytes]]
) -> None:
    planned_or_refused(file[0], mutated(file[1], changed))


@FEW
@given(st.sampled_from(zipfile.ZipFile(io.BytesIO(XLSX)).namelist()), changes)
def test_a_workbook_with_a_mutated_part_is_planned_or_refused_at_once(
    part: str, changed: list[tuple[int, bytes]]
) -> None:
    """Behind the sums of the archive, so that the readers inside are reached."""
    held = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(XLSX)) as old, zipfile.ZipFile(held, "w") as new:
        for name in old.namelist():
            new.writestr(name, mutated(old.read(name), changed) if name == part else old.read(name))
    planned_or_refused("a.xlsx", held.getvalue())


def planned_or_refused(name: str, raw: bytes) -> None:
    began = time.thread_time()
    found = plan(name, raw, {})
    assert found.rows or found.problems
    assert time.thread_time() - began < patience(1)


def test_control_a_reader_that_raises_something_else_would_be_noticed() -> None:
    with pytest.raises((ValueError, RecursionError)):
        reference(b"[" * 100_000)
    with pytest.raises(StrictError):
        loads(b"[" * 100_000)
