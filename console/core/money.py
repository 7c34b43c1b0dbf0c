"""Money is an integer of minor units (分) of the show's currency; ratios keep numerator and denominator."""

from typing import Literal

from msgspec import Struct

Currency = Literal[
    "CNY", "HKD", "MOP", "TWD", "SGD", "MYR", "THB", "PHP", "USD", "EUR", "GBP", "AUD", "NZD", "CAD", "BRL", "MXN",
]  # fmt: skip
"""ISO 4217 codes of those whose minor unit is a hundredth: so every amount is written the same way."""
SIGNS: dict[str, str] = {
    "CNY": "¥", "HKD": "HK$", "MOP": "MOP$", "TWD": "NT$", "SGD": "S$", "MYR": "RM", "THB": "฿", "PHP": "₱", "USD": "$",
    "EUR": "€", "GBP": "£", "AUD": "A$", "NZD": "NZ$", "CAD": "C$", "BRL": "R$", "MXN": "MX$",
}  # fmt: skip
"""What viewers read before a price."""
_WORDS: dict[str, tuple[str, ...]] = {"CNY": ("元", "块")}
"""What people write behind one."""

MAX_MINOR = 10**13
"""Bound of any single amount: 100 thousand million yuan."""


def marks(currency: str) -> tuple[str, ...]:
    """What people write beside an amount in `currency`, in lower case and narrow: its sign, its code, its words."""
    return (SIGNS[currency].lower(), currency.lower(), *_WORDS.get(currency, ()))


class Ratio(Struct, frozen=True):
    """`value` is `num / den` times the factor of the metric, or None when `den` is 0 or unknown."""

    value: float | None
    num: int | None
    den: int | None


def ratio(num: int | None, den: int | None, factor: int = 1) -> Ratio:
    """Divide, keeping both sides; absent or zero denominators give value None, never 0."""
    if num is None or not den:
        return Ratio(None, num, den)
    return Ratio(num * factor / den, num, den)


def as_text(minor: int | None) -> str:
    """`123450` → `1,234.50`; None → `–`."""
    if minor is None:
        return "–"
    sign = "-" if minor < 0 else ""
    return f"{sign}{abs(minor) // 100:,}.{abs(minor) % 100:02d}"
