"""The page of promises stays true: every test it names is there, and every promise has one or says why not."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs/promises.md"
NAMED = re.compile(r"`(tests/[\w/]+\.py)::([\w:]+)`")
ROW = re.compile(r"^\| ([A-Z]\d+) \| (.+) \| (.+) \| (.+) \|$", re.MULTILINE)
NONE = "–"


@cache
def named_in(path: str) -> frozenset[str]:
    """`test_…` and `TestClass::test_…` of a file, as pytest names them."""
    names = set()
    for node in ast.parse((ROOT / path).read_text("utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            names.add(node.name)
        elif isinstance(node, ast.ClassDef):
            inner = (each for each in node.body if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef))
            names |= {f"{node.name}::{each.name}" for each in inner}
    return frozenset(name for name in names if name.split("::")[-1].startswith("test_"))


def missing(page: str) -> list[str]:
    named = NAMED.findall(page)
    return [f"{path}::{name}" for path, name in named if not (ROOT / path).exists() or name not in named_in(path)]


def rows(page: str) -> list[tuple[str, str, str, str]]:
    """(number, promise, tests, controls)."""
    return ROW.findall(page)


def test_every_test_that_is_named_exists() -> None:
    page = PAGE.read_text("utf-8")
    assert len(NAMED.findall(page)) > 150
    assert missing(page) == []


@pytest.mark.parametrize("renamed", ["tests/test_gate.py::test_nothing", "tests/test_nowhere.py::test_x"])
def test_control_one_that_was_renamed_is_noticed(renamed: str) -> None:
    assert missing(f"| `{renamed}` |") == [renamed]
    assert missing("| `tests/test_gate.py::TestControls::test_without_an_age_a_late_press_fires` |") == []


def test_every_promise_is_tested_and_what_is_not_kept_is_said() -> None:
    found = rows(PAGE.read_text("utf-8"))
    assert len(found) > 25
    for letter in {number[0] for number, *_ in found}:
        of_group = [int(number[1:]) for number, *_ in found if number[0] == letter]
        assert of_group == list(range(1, len(of_group) + 1))
    untested = [number for number, _, tests, _ in found if not NAMED.search(tests)]
    remarks = PAGE.read_text("utf-8").split("\n**Remarks.**")[1:]
    assert [number for number in untested if not any(f"{number}:" in remark for remark in remarks)] == []


def test_every_cell_names_tests_and_nothing_else() -> None:
    cells = [cell for _, _, *both in rows(PAGE.read_text("utf-8")) for cell in both]
    assert [cell for cell in cells if cell != NONE and NAMED.sub("", cell).replace("<br>", "").strip()] == []
