"""The one journal: every decision and observation of a show, in one total order, hash-chained.

`port` says what a journal does; `memory` is the reference, `sql` keeps it. Truth is here and nowhere else.
"""
