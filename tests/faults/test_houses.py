"""Only a disk of the test's own is ever filled: where none can be mounted those cells are skipped, and do not happen."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.faults.houses import Street, may_mount, small_disk
from tests.faults.scenarios import Cell
from tests.faults.test_matrix import CELLS, needs

FULL = Cell("redis-sigstop", "sqlite-disk-full", 1)
LOCKED = FULL._replace(database="sqlite-locked")


@pytest.fixture
def asked_anew() -> Iterator[None]:
    """What was found out before is not believed, and what is found out here is forgotten."""
    may_mount.cache_clear()
    yield
    may_mount.cache_clear()


@pytest.fixture(params=["refuses", "is not there"])
def no_mount(request, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asked_anew: None) -> None:
    """As for root without CAP_SYS_ADMIN, and on a machine without the program."""
    if request.param == "refuses":
        mount = tmp_path / "mount"
        mount.write_text("#!/bin/sh\nexit 32\n", "ascii")
        mount.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))


@pytest.mark.usefixtures("no_mount")
def test_where_nothing_can_be_mounted_no_disk_is_filled() -> None:
    assert not may_mount()
    assert [cell.database for cell in CELLS if not cell.may_happen()] == [
        cell.database for cell in CELLS if "disk-full" in cell.database
    ]
    assert [needs(FULL)[0].args, needs(LOCKED)[0].args] == [(True,), (False,)]
    with small_disk(1) as disk:
        assert not disk.is_mount()


def test_a_place_that_is_no_disk_of_its_own_is_not_filled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.faults.houses.CHUNKS", ())
    street = SimpleNamespace(disk=tmp_path, postgres=None)
    with pytest.raises(AssertionError, match="never the machine's"):
        Street.fill(street)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not may_mount(), reason="mounting is not allowed here")
def test_a_small_disk_is_small_and_goes_again() -> None:
    with small_disk(1) as disk:
        ballast = Street.fill(SimpleNamespace(disk=disk, postgres=None))
        assert ballast.stat().st_size == 1024 * 1024
    assert not disk.exists()
