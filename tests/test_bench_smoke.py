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


native = pytest.mark.skipif(shutil.which("cc") is None, reason="the load client needs a C compiler")


@native
def test_two_cheap_figures_are_measured_and_printed():
    done = bench("--only", "hold", "consistency")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert [head for head in ("figure", "N", "median", "ratio", "target") if head not in lines[0].split()] == []
    assert any(line.startswith("hold: watchers in at the end") for line in lines)
    assert any(line.startswith("fire: frames with offers and shelf apart") and "met" in line for line in lines)


@native
def test_figures_of_the_real_server_are_measured():
    done = bench("--only", "ready", "sockets", "lanes", "restart")
    assert done.returncode == 0, done.stderr
    assert [name for name in OF_THE_SERVER if not any(line.startswith(name) for line in done.stdout.splitlines())] == []
    (same,) = [line for line in done.stdout.splitlines() if "who come alone" in line]
    assert same.split()[-1] == "met", "what is sent to a screen that opens does not depend on how many there are"


OF_THE_SERVER = (
    "ready from start, a store with a show",
    "idle memory",
    "200 control screens connected",
    "200 control screens, memory",
    "fire → last of 100 control screens at 2,000 comments/s, p99",
    "kill -9, 100 control screens current, from start",
)


def test_an_unknown_figure_is_told():
    assert bench("--only", "nonsense").returncode == 2
