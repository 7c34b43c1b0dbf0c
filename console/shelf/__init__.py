"""The shelf: what viewers can buy now, what is shown to them, at which price, and how much of it is left.

Read `events`, `stock` (the three numbers from orders in any order), `fold`, `pricing` (what no price may be),
`commands`, `views`, `slice`.
"""
