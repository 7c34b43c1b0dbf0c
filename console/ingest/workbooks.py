"""Reads XLSX and ODS: the archive is checked part by part and packed anew before the reader library sees it."""

import struct
import zipfile
import zlib
from io import BytesIO
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from console.core.messages import N_
from console.ingest.bounds import Budget, Merge, check_tables, check_worksheet, shared_lengths
from console.ingest.problems import SheetError

PART_LIMIT = 1_000
ARCHIVE_LIMIT = 64 * 1024 * 1024
XML_LIMIT = 24 * 1024 * 1024
SHEET_LIMIT = 50

Parts = dict[str, bytes]
_DAMAGED = N_("The workbook is damaged; open it in a spreadsheet program and save it again.")
_BROKEN_ARCHIVE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    NotImplementedError,
    RuntimeError,
    EOFError,
    OSError,
    ValueError,
    IndexError,
    OverflowError,
)


def read_workbook(raw: bytes) -> list[tuple[str, list[list[Any]], tuple[Merge, ...]]]:
    """(name, rows of cells from A1, merged cells) of every visible sheet. Raises SheetError."""
    parts = _parts(raw)
    merges = _checked(parts)
    return _cells(_packed(parts), merges)


def _parts(raw: bytes) -> Parts:
    """The XML parts, after the archive's directory was found harmless."""
    try:
        with zipfile.ZipFile(BytesIO(raw)) as archive:
            wanted = _wanted(archive.infolist())
            return {info.filename: archive.read(info) for info in wanted}
    except SheetError:
        raise
    except _BROKEN_ARCHIVE:
        raise SheetError(_DAMAGED) from None


def _wanted(directory: list[zipfile.ZipInfo]) -> list[zipfile.ZipInfo]:
    names = [info.filename for info in directory]
    if len(names) > PART_LIMIT or sum(info.file_size for info in directory) > ARCHIVE_LIMIT:
        raise SheetError(N_("The workbook unpacks to far more than a run of show; it was not opened."))
    if len(set(names)) != len(names) or any(info.flag_bits & 1 for info in directory):
        raise SheetError(N_("The workbook is damaged or protected by a password; save it without one."))
    if any(_is_macro(name) for name in names):
        raise SheetError(N_("The workbook contains macros; save it as .xlsx or .ods without them."))
    wanted = [info for info in directory if info.filename == "mimetype" or info.filename.endswith((".xml", ".rels"))]
    if sum(info.file_size for info in wanted) > XML_LIMIT:
        raise SheetError(N_("The workbook unpacks to far more than a run of show; it was not opened."))
    if any(info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for info in wanted):
        raise SheetError(_DAMAGED)
    return wanted


def _is_macro(name: str) -> bool:
    low = name.lower()
    return "vba" in low or low.startswith(("basic/", "scripts/", "xl/macrosheets/"))


def _checked(parts: Parts) -> dict[str, tuple[Merge, ...]]:
    """Merged cells by sheet, as far as the reader library does not tell them (ODS)."""
    for xml in parts.values():
        _check_markup(xml)
    budget = Budget()
    if parts.get("mimetype", b"").startswith(b"application/vnd.oasis.opendocument.spreadsheet"):
        return check_tables(parts.get("content.xml", b""), budget)
    if "[Content_Types].xml" not in parts or not any(name.startswith("xl/") for name in parts):
        raise SheetError(N_("This archive is no workbook; send a CSV, XLSX or ODS file."))
    if b"macroEnabled" in parts["[Content_Types].xml"]:
        raise SheetError(N_("The workbook contains macros; save it as .xlsx or .ods without them."))
    lengths = [n for name, xml in parts.items() if _is_shared(name) for n in shared_lengths(xml, budget)]
    for name, xml in parts.items():
        if name.endswith(".xml") and not _is_shared(name) and b"sheetData" in xml:
            check_worksheet(xml, lengths, budget)
    return {}


def _is_shared(name: str) -> bool:
    return name.lower().endswith("sharedstrings.xml")


def _check_markup(xml: bytes) -> None:
    if b"<!DOCTYPE" in xml or b"<!ENTITY" in xml:
        raise SheetError(N_("The workbook defines its own XML entities; save it anew in a spreadsheet program."))
    if b"\x00" in xml:
        raise SheetError(_DAMAGED)


def _packed(parts: Parts) -> bytes:
    """A plain archive of the checked bytes, so that no reader can see other bytes than were checked."""
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for name, xml in parts.items():
            archive.writestr(name, xml)
    return packed.getvalue()


def _cells(raw: bytes, merges: dict[str, tuple[Merge, ...]]) -> list[tuple[str, list[list[Any]], tuple[Merge, ...]]]:
    try:
        workbook = CalamineWorkbook.from_filelike(BytesIO(raw))
        names = [
            meta.name
            for meta in workbook.sheets_metadata
            if meta.typ == SheetTypeEnum.WorkSheet and meta.visible == SheetVisibleEnum.Visible
        ]
        return [_sheet(workbook, name, merges) for name in names[:SHEET_LIMIT]]
    except (CalamineError, OSError, ValueError, OverflowError):
        raise SheetError(_DAMAGED) from None
    except BaseException as crash:
        # a panic of the reader library is no Exception, and must not end the process
        if type(crash).__name__ == "PanicException":
            raise SheetError(_DAMAGED) from None
        raise


def _sheet(
    workbook: Any, name: str, merges: dict[str, tuple[Merge, ...]]
) -> tuple[str, list[list[Any]], tuple[Merge, ...]]:
    sheet = workbook.get_sheet_by_name(name)
    told = tuple((top, left, bottom, right) for (top, left), (bottom, right) in sheet.merged_cell_ranges or ())
    return name, sheet.to_python(skip_empty_area=False), told or merges.get(name, ())
