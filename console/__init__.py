"""The console of a live-stream selling team. A tour: the path of one command.

A controller presses «开抢». The button in `templates/parts/offers/panel.html` becomes one JSON command: a fresh
`command_id`, `issued_at` by the measured server clock, and `seen`, the row her screen was at. It comes in at
`api/shows.py`, as every command does, and `api/reading.py` turns bytes into a `FireOffer` or says which field is wrong.

`gate.py` is the one way in. Role, a stored answer to the same `command_id`, age, staleness; then `offers/commands.py`
decides. It is given the state, the command and a context, and gives back events, or a refusal in one sentence. It can do
nothing else: no clock, no chance, no I/O. The events become rows of the show's journal in one transaction, together with
the answer a retry will get. Only after the commit is she answered.

`offers/fold.py` moves the state by those rows, and `shows.py` announces them. `timers.py` hears it: what follows from a
row stands in `reactions.py`, and what falls due at an instant is submitted through the same gate. `realtime/hub.py`
hears it too: `patches.py` asks the views whose slices moved, renders the parts that differ with the very partials of the
first paint, and one frame is written to every screen.

Tomorrow `recap/` folds the same rows with the same folds. Nothing else is stored but what can be folded again: the line
a list shows of each show, moved by `journal/listing.py` in the transaction that adds its rows.
"""
