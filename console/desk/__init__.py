"""What the doors – API, pages, command line – ask of the inside: one value, `Desk`, and the work done with it.

`observing` lets in what a room reports, `sheets` a run of show, `recapping` makes the recap, `rehearsing` plays a show
to nobody. `workers` keeps long work out of the live process.
"""
