"""Run of show: the ordered rows of a show, which of them is on, how late it is, and what desk and host tell each other.

Read `events` (what a row is), `fold` (what is remembered), `timing` (what follows from it: ends, drift, expected
starts), `commands` (what may be asked), `views` (what screens show) and `slice` (the wiring). `phases` reads a phase
from a title; `lint` finds what a producer should look at before going live.
"""
