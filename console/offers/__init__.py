"""Offers: coupons, flash prices, gifts, bundles and draws, from their definition to the last claim.

`events` says what happened to an offer; `fold` keeps where each one stands and who claimed it; `pricing` finds the
lowest price a buyer can reach over all of them; `guards` refuses what would cost the shop money; `commands` decides;
`timers` names what falls due; `views` gives the screens their structs.
"""
