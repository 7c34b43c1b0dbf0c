"""What comes in: observations of a room, run-of-show sheets, recordings to replay, and the rehearsal audience.

Read `decode` and `commands` for the path of an observation; `sheets`, `mapping`, `values` and `run_of_show` for
the path of a spreadsheet; `replay` for recordings; `rehearsal` and `demo` for a show to practise on.
"""
