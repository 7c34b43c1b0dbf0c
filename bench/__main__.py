"""`python -m bench`: measure, then print one table. Ends everything it starts."""

import argparse
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from pathlib import Path

from bench import fanout, ingest, lanes, ready, recap, restart, screens, sockets
from bench.figure import Bench, Figure, Line, skipped
from bench.table import show
from bench.tools import MissingError, Tools

FIGURES: dict[str, Figure] = {
    "ready": ready.figure,
    "sockets": sockets.figure,
    "screens": screens.figure,
    "consistency": screens.consistency,
    "ingest": ingest.figure,
    "lanes": lanes.figure,
    "together": ingest.together,
    "restart": restart.figure,
    "recap": recap.figure,
    "fanout": fanout.figure,
    "hold": fanout.hold,
}


def main() -> int:
    """Exit status 1 when a figure could not be measured; a missed target is said in the table."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is ended then, too
    asked = _asked()
    with tempfile.TemporaryDirectory(prefix="console-bench-") as place:
        bench = Bench(runs=asked.runs or (1 if asked.quick else 5), quick=asked.quick, tools=Tools(Path(place)))
        lines = [line for name in asked.only or FIGURES for line in _measured(name, bench)]
    print(show(lines, quick=asked.quick))
    return 0 if all(line.samples for line in lines) else 1


def _asked() -> argparse.Namespace:
    options = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    options.add_argument("--runs", type=int, help="runs a figure (5)")
    options.add_argument("--quick", action="store_true", help="one small run of each, only to see that all works")
    options.add_argument("--only", nargs="+", choices=FIGURES, help="these figures alone")
    return options.parse_args()


def _measured(name: str, bench: Bench) -> Iterator[Line]:
    began = time.monotonic()
    print(f"{name} …", file=sys.stderr, flush=True)
    try:
        yield from FIGURES[name](bench)
    except MissingError as error:
        yield from skipped(name, str(error))
    except Exception as error:  # noqa: BLE001 - one figure that fails must not cost the others
        traceback.print_exc()
        yield from skipped(name, f"failed: {error}")
    print(f"{name}: {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
