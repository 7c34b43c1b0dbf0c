"""Live numbers: audience, funnel, sales and money, folded from what the room reports. Not the process's own telemetry.

`formulas` is the metric dictionary, one pure function for the live screens and the recap. `fold` keeps what the
formulas need: an order book (`orders`), the distinct people (`crowd`), the figures of dashboards and typed numbers
(`readings`). `counts` decides which source each number comes from, `windows` cuts numbers by time.

Four rules. An order counts once however many sources report it, at the earliest instant it was paid. A counter comes
from the newest dashboard sample or typed figure when there is one, from single events otherwise, and is None when
neither knows it; what combines two sources says `mixed`. A refund counts against an order this show was paid for,
others are shown apart. Numbers never depend on the order in which observations came.
"""
