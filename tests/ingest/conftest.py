"""Workbooks made on the spot, so that no test needs a file."""

import zipfile
from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import pytest
import xlsxwriter

from console.ingest.run_of_show import Plan

Rows = Sequence[Sequence[Any]]
Maker = Callable[..., bytes]

ODS_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?><office:document-content '
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" office:version="1.3">'
    "<office:body><office:spreadsheet>"
)
ODS_TAIL = "</office:spreadsheet></office:body></office:document-content>"
MANIFEST = (
    '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
    '<manifest:file-entry manifest:full-path="/" manifest:media-type="application/vnd.oasis.opendocument.spreadsheet"/>'
    '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>'
)


def _xlsx(
    rows: Rows = (), merges: Sequence[tuple[int, int, int, int]] = (), more: dict[str, Rows] | None = None, **kind: Any
) -> bytes:
    """`merges` are (top, left, bottom, right); their value stands in `rows` at the top left."""
    out = BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    clock = book.add_format({"num_format": kind.get("clock", "hh:mm:ss")})
    day = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
    for name, content in {"流程表": rows, **(more or {})}.items():
        sheet = book.add_worksheet(name)
        for box in merges if name == "流程表" else ():
            sheet.merge_range(*box, "")
        for r, row in enumerate(content):
            for c, value in enumerate(row):
                if isinstance(value, datetime | date):
                    sheet.write_datetime(r, c, value, day)
                elif isinstance(value, time | timedelta):
                    sheet.write_datetime(r, c, value, clock)
                elif value is not None:
                    sheet.write(r, c, value)
        if name in kind.get("hidden", ()):
            sheet.hide()
    book.close()
    return out.getvalue()


def _cell(value: Any, spans: str = "") -> str:
    if value is None:
        return "<table:table-cell/>"
    if isinstance(value, timedelta):
        whole = int(value.total_seconds())
        stamp = f"PT{whole // 3600:02d}H{whole // 60 % 60:02d}M{whole % 60:02d}S"
        return f'<table:table-cell office:value-type="time" office:time-value="{stamp}"{spans}/>'
    if isinstance(value, int | float):
        return f'<table:table-cell office:value-type="float" office:value="{value}"{spans}/>'
    return f'<table:table-cell office:value-type="string"{spans}><text:p>{escape(value)}</text:p></table:table-cell>'


def _ods(
    rows: Rows = (),
    name: str = "流程",
    raw_rows: str = "",
    merges: dict[tuple[int, int], tuple[int, int]] | None = None,
) -> bytes:
    """`merges` is (row, column) → (rows, columns) spanned; `raw_rows` is XML put behind `rows`."""
    spans = {
        at: f' table:number-rows-spanned="{size[0]}" table:number-columns-spanned="{size[1]}"'
        for at, size in (merges or {}).items()
    }
    lines = "".join(
        "<table:table-row>" + "".join(_cell(v, spans.get((r, c), "")) for c, v in enumerate(row)) + "</table:table-row>"
        for r, row in enumerate(rows)
    )
    table = f"<table:table table:name={quoteattr(name)}>{lines}{raw_rows}</table:table>"
    return packed(
        {
            "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
            "content.xml": ODS_HEAD + table + ODS_TAIL,
            "META-INF/manifest.xml": MANIFEST,
        }
    )


def packed(parts: dict[str, str | bytes]) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def _changed(
    raw: bytes, changes: dict[str, Callable[[bytes], bytes]], more: dict[str, str | bytes] | None = None
) -> bytes:
    """The archive with some parts rewritten and others added."""
    with zipfile.ZipFile(BytesIO(raw)) as archive:
        parts: dict[str, str | bytes] = {info.filename: archive.read(info) for info in archive.infolist()}
    for name, change in changes.items():
        content = parts[name]
        parts[name] = change(content if isinstance(content, bytes) else content.encode())
    return packed(parts | (more or {}))


@pytest.fixture(scope="session")
def xlsx() -> Maker:
    return _xlsx


@pytest.fixture(scope="session")
def ods() -> Maker:
    return _ods


@pytest.fixture(scope="session")
def repack() -> Maker:
    return _changed


@pytest.fixture(scope="session")
def archive() -> Maker:
    return packed


def text_of(*rows: str) -> bytes:
    return ("\n".join(rows) + "\n").encode()


def sentences(found: Plan, severity: str | None = None) -> list[str]:
    return [p.sentence for p in found.problems if severity in (None, p.severity)]


def durations(found: Plan) -> list[int | None]:
    return [row["planned_s"] for row in found.rows]
