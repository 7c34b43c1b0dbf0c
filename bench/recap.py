"""The recap of a four-hour show with 50,000 comments and 20,000 orders, from nothing to the page."""

import random
import subprocess
import time
from collections.abc import Iterator

from bench.console_process import Console
from bench.figure import Bench, Line, Target
from bench.tools import python

FORMS = ("html", "json")


def figure(bench: Bench) -> Iterator[Line]:
    """By the command line, whole process; then by the first request to a server just started."""
    with Console() as console:
        show = _recorded(bench, console)
        for form in FORMS:
            yield Line(f"recap {form}, `console recap`", "s", _by_word(bench, console, show, form), Target("≤", 3))
        yield Line("recap html, first request", "s", _by_request(bench, console, show), Target("≤", 3), note=NOTE)


NOTE = "server just started; its worker process starts with this request"


def _recorded(bench: Bench, console: Console) -> str:
    console.words("token", "add", "recap", "--role", "analyst")  # makes the tables too
    share = 20 if bench.quick else 1
    command = python("bench.long_show", 50_000 // share, 20_000 // share, random.Random(4).randrange(10**6))
    return subprocess.run(command, env=console.env, check=True, capture_output=True, text=True).stdout.strip()


def _by_word(bench: Bench, console: Console, show: str, form: str) -> tuple[float, ...]:
    return tuple(_timed(console, show, form) for _ in bench.rounds)


def _timed(console: Console, show: str, form: str) -> float:
    target = console.data_dir / f"recap.{form}"
    began = time.perf_counter()
    console.words("recap", show, "--format", form, "-o", str(target))
    took = time.perf_counter() - began
    if target.stat().st_size < 1_000:
        raise RuntimeError("the recap is empty")
    return took


def _by_request(bench: Bench, console: Console, show: str) -> tuple[float, ...]:
    return tuple(_requested(console, show) for _ in bench.rounds)


def _requested(console: Console, show: str) -> float:
    console.start()
    person = console.person()
    began = time.perf_counter()
    page = person.fetch("GET", f"/api/v1/shows/{show}/recap.html")
    took = time.perf_counter() - began
    console.stop()
    if len(page) < 1_000:
        raise RuntimeError("the recap is empty")
    return took
