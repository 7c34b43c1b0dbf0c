"""The same traps as cells of a run of show and as its mapping: refused with the row they are in, or taken as what they say."""

import csv
import io
import json
import zipfile
from typing import Any

import httpx
import pytest
import xlsxwriter

from console.ingest import values
from console.ingest.run_of_show import plan
from tests.security.conftest import House
from tests.security.test_traps import NUMBERS, SHAPES, TEXTS

pytestmark = pytest.mark.asyncio(loop_scope="module")

PLAIN = {"1.0": 1, "01": 1, "１２": 12, "": None}
"""What a person may well type into a cell, and what it says."""
ODD = [number for number in NUMBERS if number not in PLAIN]
LONG = "1" * 5_000
BOUNDLESS = {"NaN", "Infinity", "-Infinity", "1e999", "9007199254740993000", "-9007199254740993000", LONG}
PLACE = 9_999_123
WORDS = [json.loads(f"[{text}]", strict=False)[0] for text in TEXTS if "\\u" not in text and "\x00" not in text]
UNFIT = {"NUL": b"\x00", "half a character": b"\xed\xa0\x80", "no text": b"\xff\xfe\xff"}


async def new_show(client: httpx.AsyncClient) -> str:
    made = await client.post("/api/v1/shows", json={"title": "sheet"})
    return f"/api/v1/shows/{made.json()['id']}"


def table(cells: list[str]) -> bytes:
    """A good row before each cell and one behind the last."""
    held = io.StringIO()
    rows = [row for cell in cells for row in (("Good", "12"), ("Trap", cell))]
    csv.writer(held).writerows([("what", "cell"), *rows, ("Good", "12")])
    return held.getvalue().encode()


def workbook(cell: str) -> bytes:
    """With a cell that claims to be a number, as no spreadsheet program writes one."""
    held = io.BytesIO()
    with xlsxwriter.Workbook(held) as book:
        written = book.add_worksheet()
        for number, row in enumerate([("what", "cell"), ("Good", 12), ("Trap", PLACE), ("Good", 12)]):
            written.write_row(number, 0, row)
    made = io.BytesIO()
    with zipfile.ZipFile(held) as old, zipfile.ZipFile(made, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(f"<v>{PLACE}</v>".encode(), f"<v>{cell}</v>".encode()))
    return made.getvalue()


async def import_as(client: httpx.AsyncClient, show: str, name: str, raw: bytes, field: str) -> httpx.Response:
    mapping = {"cell": field} | ({"what": "title"} if field != "title" else {})
    return await client.post(f"{show}/run-of-show", files={"file": (name, raw)}, data={"mapping": json.dumps(mapping)})


async def rows_of(client: httpx.AsyncClient, show: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await client.get(show)).json()["scripts"]["rows"]
    return found


def rows_with(answer: httpx.Response, severity: str) -> list[int]:
    """The 1-based rows of the sheet that a problem names, each with a sentence."""
    found = [problem for problem in answer.json()["problems"] if problem["severity"] == severity and problem["row"]]
    assert all(problem["why"].endswith(".") and len(problem["why"]) < 400 for problem in found)
    return sorted({problem["row"] for problem in found})


def places(cells: list[str]) -> list[int]:
    return [2 * number + 3 for number, _ in enumerate(cells)]


async def test_each_duration_that_is_none_is_named_and_nothing_is_taken(house: House) -> None:
    async with house.client() as client:
        show = await new_show(client)
        answer = await import_as(client, show, "a.csv", table(ODD), "planned_s")
        assert (answer.status_code, rows_with(answer, "error")) == (422, places(ODD))
        assert await rows_of(client, show) == []


async def test_what_a_person_may_type_is_read_as_it_is_meant(house: House) -> None:
    async with house.client() as client:
        show = await new_show(client)
        assert (await import_as(client, show, "a.csv", table(list(PLAIN)), "planned_s")).status_code == 200
        read = [row["planned_s"] for row in await rows_of(client, show) if row["title"] == "Trap"]
    assert read == [minutes and minutes * 60 for minutes in PLAIN.values()]


@pytest.mark.parametrize("cell", ODD, ids=lambda cell: cell[:8])
async def test_a_workbook_whose_number_is_none_is_refused_or_holds_a_plain_one(house: House, cell: str) -> None:
    """In such a file `1e3` is how a thousand may be written."""
    async with house.client("producer") as client:
        show = await new_show(client)
        answer = await import_as(client, show, "a.xlsx", workbook(cell), "planned_s")
        assert answer.status_code == (422 if cell in BOUNDLESS else answer.status_code), answer.text
        assert answer.status_code == 200 or (answer.status_code == 422 and refused(answer))
        lengths = [row["planned_s"] for row in await rows_of(client, show)]
    assert [length for length in lengths if length is not None and not 0 <= length <= 86_400] == []
    assert {type(length) for length in lengths} <= {int, type(None)}


async def test_an_amount_that_is_none_is_kept_as_what_it_says_and_not_as_money(house: House) -> None:
    cells = [number for number in ODD if number != LONG]
    async with house.client() as client:
        show = await new_show(client)
        answer = await import_as(client, show, "a.csv", table(cells), "targets.gmv_paid")
        assert (answer.status_code, set(rows_with(answer, "warning")) >= set(places(cells))) == (200, True)
        rows = await rows_of(client, show)
    assert [row["custom"].get("cell") for row in rows if row["title"] == "Trap"] == cells
    assert [row["targets"] for row in rows if row["title"] == "Trap"] == [{}] * len(cells)


@pytest.mark.parametrize("field", ["title", "products", "script", "phase"])
async def test_words_are_words_and_a_screen_can_show_them(house: House, field: str) -> None:
    cells = [*[number for number in NUMBERS if number not in {LONG, ""}], *WORDS]
    async with house.client("producer") as client:
        show = await new_show(client)
        answer = await import_as(client, show, "a.csv", table(cells), field)
        assert answer.status_code == 200, answer.text
        assert len(await rows_of(client, show)) == 2 * len(cells) + 1
        assert "\x1b" not in (await client.get(show)).text
        assert (await client.get(show.removeprefix("/api/v1") + "/plan")).status_code == 200


@pytest.mark.parametrize("what", UNFIT)
async def test_a_sheet_that_is_no_text_is_refused(house: House, what: str) -> None:
    async with house.client("producer") as client:
        show = await new_show(client)
        answer = await import_as(client, show, "a.csv", table(["x"]).replace(b"x", UNFIT[what]), "title")
        assert answer.status_code == 422
        assert [problem["why"][-1] for problem in answer.json()["problems"] if problem["severity"] == "error"] == ["."]


MAPPINGS = [
    *(shape for shape in SHAPES if shape not in {b"", b"\xef\xbb\xbf{}"}),
    *(f'{{"cell": {value}}}'.encode() for value in (*NUMBERS, *TEXTS, '"planned_s", "cell": "planned_s"', '"x", "\\ud800": "y"')),
]  # fmt: skip
FORM = {"Content-Type": "multipart/form-data; boundary=b"}


def part(name: str, value: bytes, more: str = "") -> bytes:
    return f'--b\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n'.encode() + value + b"\r\n"


async def test_a_mapping_is_json_as_strict_as_any(house: House) -> None:
    """In a plain field of the form, as its bytes are."""
    wrong = []
    async with house.client() as client:
        show = await new_show(client)
        for mapping in MAPPINGS:
            body = part("file", table(["x"]), '; filename="a.csv"') + part("mapping", mapping) + b"--b--\r\n"
            answer = await client.post(f"{show}/run-of-show", content=body, headers=FORM)
            if answer.status_code not in {400, 422} or not refused(answer):
                wrong.append((mapping[:60], answer.status_code, answer.text[:200]))
        assert await rows_of(client, show) == []
    assert wrong == []


@pytest.mark.parametrize("charset", ["utf-8", "utf-16", "no-such", "zlib", "idna", "undefined"])
async def test_a_field_in_an_encoding_that_it_is_not_in_is_400(house: House, charset: str) -> None:
    """At the form that anybody may send, too."""
    field = part("mapping", b"\xff\xfe\xff", f"\r\nContent-Type: text/plain; charset={charset}") + b"--b--\r\n"
    async with house.client() as client:
        sheet = await client.post(f"/api/v1/shows/{house.show}/run-of-show", content=field, headers=FORM)
    async with house.client(None) as stranger:
        for path in ("/sign-in", "/locale/zh"):
            headers = FORM | {"Origin": "http://console.test", "Accept": "application/json"}
            answer = await stranger.post(path, content=field, headers=headers)
            assert (answer.status_code, refused(answer)) == (400, True)
    assert (sheet.status_code, refused(sheet)) == (400, True)


def refused(answer: httpx.Response) -> bool:
    said = answer.json()
    whys = [said["why"]] if "why" in said else [each["why"] for each in said["problems"] if each["severity"] == "error"]
    return bool(whys) and all(why.endswith(".") for why in whys)


async def test_control_lenient_cells_would_be_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    raw, mapping = table(["1e3", "1_000", "٣"]), {"what": "title", "cell": "planned_s"}
    assert not plan("a.csv", raw, mapping).applicable
    monkeypatch.setattr(values, "_single", lambda words, _unit: values.Span(float(words)))
    assert plan("a.csv", raw, mapping).applicable
