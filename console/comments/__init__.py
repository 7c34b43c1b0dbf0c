"""Comments: what viewers write, what waits for a person, what the host should answer, what is on the overlay.

`events` says what people did with a comment; the lines themselves come in as observations. `fold` does each row to the
`state`, of which `memory` keeps the newest lines and those somebody has to do with, each a `line` with its state; older
ones are read again from their rows, whose `places` their ids tell. `cluster` groups questions that ask the same, `asked`
remembers who was in which group, `commands` decides, `views` gives the screens their structs. `rules` judges a text when
it comes in, against word lists that `words` loads from the files beside it; `lookalikes` and `questions` are the tables it reads.
"""
