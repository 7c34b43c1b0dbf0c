"""`python -m bench` runs, measures and prints its table; the numbers themselves are for a quiet machine."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def bench(*words):
    command = [sys.executable, "-m", "bench", "--quick", *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.skipif(shutil.which("cc") is None, reason="the load client needs a C compiler")
def test_two_cheap_figures_are_measured_and_printed():
    done = bench("--only", "hold", "consistency")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert [head for head in ("figure", "N", "median", "ratio", "target") if head not in lines[0].split()] == []
    assert any(line.startswith("hold: watchers in at the end") for line in lines)
    assert any(line.startswith("fire: frames with offers and shelf apart") and "met" in line for line in lines)


def test_an_unknown_figure_is_told():
    assert bench("--only", "nonsense").returncode == 2
