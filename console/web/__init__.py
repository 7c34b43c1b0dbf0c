"""What every page and API call has in common: who is asking, what a browser may do, words, templates, errors, telemetry.

`door` lets a request in or answers why not; `census` refuses to start with a route that forgot to say who may use it.
"""
