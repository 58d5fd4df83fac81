"""What people write on a command line about rates, sizes and times, read exactly.

In: texts such as `100000/day`, `2%`, `300KB`, `6h`. Out: exact fractions, per day where a rate is meant.
An unknown unit is a `BadUnit` that says what would be understood. Decimal units count in 1000s (KB), binary
ones in 1024s (KiB). Not handled: months and years, whose length varies.
"""

from __future__ import annotations

import re
from fractions import Fraction

_NUMBER = re.compile(r"\s*([0-9][0-9_,]*(?:\.[0-9]+)?|\.[0-9]+)\s*(.*?)\s*", re.DOTALL)
_COUNT = {"": 1, "k": 10**3, "m": 10**6, "b": 10**9}
_SIZE: dict[str, int] = {"b": 1, "": 1} | {
    f"{letter}{middle}b": base ** (power + 1)
    for power, letter in enumerate("kmgtp")
    for middle, base in (("", 1000), ("i", 1024))
}
_SECONDS = {
    **dict.fromkeys(("s", "sec", "second", "seconds"), 1),
    **dict.fromkeys(("m", "min", "minute", "minutes"), 60),
    **dict.fromkeys(("h", "hour", "hours"), 3600),
    **dict.fromkeys(("d", "day", "days"), 86_400),
    **dict.fromkeys(("w", "week", "weeks"), 604_800),
}
DAY = 86_400
TICK = 720
"""Seconds that a tick of the simulation stands for."""


class BadUnit(ValueError):
    """A text that can't be read; the message says what can."""


def count(text: str) -> int:
    """A whole number: `3276800`, `3_276_800`, `3.2M`."""
    number, unit = _split(text, "a number such as 3000000 or 3M")
    factor = _COUNT.get(unit.lower())
    if factor is None or (number * factor).denominator != 1:
        raise BadUnit(f"{text!r} is not a whole number: write one such as 3000000, 3_000_000 or 3M")
    return int(number * factor)


def size(text: str) -> int:
    """Bytes: `300KB`, `1.8 MB`, `64KiB`, `50GB`; a bare number is bytes."""
    number, unit = _split(text, "a size such as 300KB, 64KiB or 50GB")
    factor = _SIZE.get(unit.lower())
    if factor is None:
        raise BadUnit(f"{text!r}: unknown unit {unit!r}, use B, KB, MB, GB, TB or KiB, MiB, GiB, TiB")
    return round(number * factor)


def share(text: str) -> Fraction:
    """A share between 0 and 1: `2%`, `0.02`. A bare number from 1 on is refused, for it could mean either."""
    number, unit = _split(text, "a share such as 2% or 0.02")
    if unit not in ("", "%"):
        raise BadUnit(f"{text!r}: unknown unit {unit!r}, write a share such as 2% or 0.02")
    if not unit and number >= 1:
        raise BadUnit(f"{text!r} is no share: write {text.strip()}% for per cent, or a number below 1")
    result = number / 100 if unit else number
    if result > 1:
        raise BadUnit(f"{text!r} is more than 100%")
    return result


def seconds(text: str) -> Fraction:
    """A length of time in seconds: `90s`, `30min`, `6h`, `2d`, `1w`."""
    number, unit = _split(text, "a time such as 30min, 6h or 2d")
    if unit.lower() not in _SECONDS:
        raise BadUnit(f"{text!r}: a time needs a unit, such as 90s, 30min, 6h or 2d")
    if not number:
        raise BadUnit(f"{text!r}: the time must be longer than 0")
    return number * _SECONDS[unit.lower()]


def ticks(text: str) -> int:
    """A time in ticks of the simulation: `6h`, `48min`; a bare number is ticks."""
    if text.strip().isdecimal():
        return int(text)
    found = seconds(text) / TICK
    if found.denominator != 1:
        raise BadUnit(f"{text!r}: a tick stands for {TICK // 60} minutes, write a multiple of that")
    return int(found)


def rate_per_day(text: str) -> Fraction:
    """Requests a day: `100000/day`, `70/min`, `2.5k/h`, `3/s`."""
    amount, slash, unit = text.partition("/")
    if not slash or unit.strip().lower() not in _SECONDS:
        raise BadUnit(f"{text!r} is not a rate: write one such as 100000/day, 70/min or 3/s")
    number, suffix = _split(amount, "a rate such as 100000/day")
    if suffix.lower() not in _COUNT:
        raise BadUnit(f"{text!r}: unknown unit {suffix!r} before the slash, use none, k or M")
    return number * _COUNT[suffix.lower()] * Fraction(DAY, _SECONDS[unit.strip().lower()])


def show_size(value: int | Fraction) -> str:
    """Bytes for a reader: `300 KB`, `1.8 MB`, `50 GB`."""
    amount = Fraction(value)
    units = ["B", "KB", "MB", "GB", "TB", "PB"]
    while amount >= 1000 and len(units) > 1:
        amount /= 1000
        units.pop(0)
    return f"{_short(amount)} {units[0]}"


def show_count(value: int | Fraction) -> str:
    """A number for a reader: `2,000`, `83.3`, `0.25`."""
    return _short(Fraction(value))


def show_share(value: Fraction) -> str:
    """A share for a reader: `2%`, `0.5%`."""
    return f"{_short(value * 100)}%"


def show_seconds(value: Fraction) -> str:
    """A time for a reader in its largest even unit: `6 h`, `90 s`, `2 d`."""
    for length, unit in ((DAY, "d"), (3600, "h"), (60, "min")):
        if value >= length and (value / length).denominator == 1:
            return f"{_short(value / length)} {unit}"
    return f"{_short(value)} s"


def show_ticks(value: int) -> str:
    """The time that ticks stand for: `6 hours`, `12 minutes`."""
    length, unit = (3600, "hour") if value * TICK >= 3600 else (60, "minute")
    return counted(Fraction(value * TICK, length), unit)


def counted(value: int | Fraction, name: str) -> str:
    """A number with its unit: `1 request`, `2,000 orphans`."""
    shown = show_count(value)
    return f"{shown} {name}" if shown == "1" else f"{shown} {name}s"


def _short(value: Fraction) -> str:
    """Whole above 100, one decimal place from 10 on, two below: enough to compare, no false precision."""
    places = 0 if value >= 100 else 1 if value >= 10 else 2
    scaled = round(value * 10**places)
    whole, rest = divmod(scaled, 10**places)
    decimals = f"{rest:0{places}d}".rstrip("0") if places else ""
    return f"{whole:,}" + (f".{decimals}" if decimals else "")


def _split(text: str, wanted: str) -> tuple[Fraction, str]:
    match = _NUMBER.fullmatch(text)
    if match is None:
        raise BadUnit(f"{text!r} is not {wanted}")
    return Fraction(match[1].replace(",", "").replace("_", "")), match[2]
