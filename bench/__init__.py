"""`make bench`: the product measured beside a floor and its peers, on this machine, in one table.

Read `figure.py` (what a line of the table is), then any figure module: each has one `figure`, which yields its lines.
`native/` holds the load client and the floor in C, `peers/` the servers the hub is compared with.
"""
