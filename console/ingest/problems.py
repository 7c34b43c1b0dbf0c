"""What can be wrong with a sheet: with the whole file (an error raised) or with one place in it (a problem listed)."""

from typing import Any, Literal

from msgspec import Struct

Severity = Literal["error", "warning"]


class SheetError(ValueError):
    """`why` is one English sentence and gettext id with `{name}` places for `params`; `str()` is the filled sentence."""

    def __init__(self, why: str, /, **params: Any) -> None:
        super().__init__(why.format(**params))
        self.why = why
        self.params = params


class Problem(Struct, frozen=True, kw_only=True):
    """An `error` keeps the sheet from being applied, a `warning` says what was decided or left out.

    `row` is the file's own number, from 1; `column` the header as written, or the letter of a column without one.
    """

    severity: Severity
    why: str
    params: dict[str, Any] = {}
    sheet: str | None = None
    row: int | None = None
    column: str | None = None

    @property
    def sentence(self) -> str:
        """The filled English sentence."""
        return self.why.format(**self.params)
