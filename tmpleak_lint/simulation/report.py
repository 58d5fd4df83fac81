"""What a simulation prints: the table of strategies, the leak rate against the error rate, the capacity.

In: cases, rows, a correlation, a capacity, the cells of a line. Out: plain text, or values for `json.dumps`. Strategies
with one and the same result share a row. Nothing here depends on the machine or the clock. Colour and animation are the
player's.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from operator import attrgetter
from typing import Any

from tmpleak_lint.logs import leading
from tmpleak_lint.simulation.capacity import (
    BYTES_PER_INODE,
    STORM_FACTOR,
    Capacity,
    Load,
    Point,
    orphans_a_day,
)
from tmpleak_lint.simulation.compare import SWEEP_REQUESTS, Case, Correlation, Row
from tmpleak_lint.simulation.engine import MILLION, Settings
from tmpleak_lint.simulation.program import Resource
from tmpleak_lint.simulation.text import visible
from tmpleak_lint.simulation.units import (
    counted,
    show_count,
    show_seconds,
    show_share,
    show_size,
    show_ticks,
)

_BAR = 40
YEAR = Fraction(1461, 4)
MANY_YEARS = 1000 * YEAR  # beyond, nobody asks how many
CELLS = 100  # of a line where no terminal says
LEAST_LABEL = 16
_BEFORE_UNIT = re.compile(r"(?<=\d) (?=[a-zA-Z])")
OPEN_FILES = 1024  # what Linux allows a process unless it is told otherwise (getrlimit(2), RLIMIT_NOFILE)


def comparison_text(
    cases: Sequence[Case],
    settings: Settings,
    rows: Sequence[Row],
    correlation: Correlation,
    cells: int,
    hint: str = "",
) -> str:
    """The table that a pipe gets and a terminal ends with, in lines of so many cells; `hint` is a last line."""
    lines = [_heading(case) for case in cases]
    where = f", at {', '.join(map(visible, settings.fail_at))}" if settings.fail_at else ""
    share = show_share(Fraction(settings.failure_ppm, MILLION))
    failing = (
        f"{share} of them fail{where}"
        if any(row.outcome.counts.failed for row in rows)
        else "none of them fails"
    )
    lines.append(
        f"{show_count(settings.requests)} requests in {settings.lanes} lanes, {failing}; "
        f"{settings.slots} slots; seed {settings.seed}"
    )
    if any(row.strategy.reaper for row in rows):
        lines[-1] += f"; the reaper deletes what is older than {show_ticks(settings.reaper_age)}"
    lines += ["", *_table(cases, _equal(rows, _result), cells), ""]
    lines += [f"{_titles(group)}: {group[0].story}" for group in _equal(rows, attrgetter("story"))]
    lines += ["", *_correlation_lines(cases, correlation)]
    lines += ["", hint] if hint else []
    return "\n".join(_wrapped(lines, cells)) + "\n"


def _wrapped(lines: Iterable[str], cells: int) -> list[str]:
    """The lines, those that are too long broken at words; what goes on is indented."""
    wrapped = []
    for line in lines:
        wrapped += [line] if len(line) <= cells else _at_words(line, cells, "  ")
    return wrapped


def _at_words(text: str, cells: int, indent: str = "") -> list[str]:
    """The text in lines; a number and its unit stay together."""
    lines = textwrap.wrap(
        _BEFORE_UNIT.sub("\u00a0", text),
        max(cells, LEAST_LABEL),
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [line.replace("\u00a0", " ") for line in lines]


def _equal(rows: Sequence[Row], of: Callable[[Row], object]) -> list[list[Row]]:
    """Strategies of which the same can be told, together; in the order of the first of each."""
    groups: dict[object, list[Row]] = {}
    for row in rows:
        groups.setdefault(of(row), []).append(row)
    return list(groups.values())


def _result(row: Row) -> object:
    """What the table shows of a row, as the page merges them, too."""
    return (row.outcome.counts, row.outcome.bytes, row.outcome.inodes, row.valid)


def _titles(group: Sequence[Row]) -> str:
    return ", ".join(row.strategy.title for row in group)


def comparison_json(
    cases: Sequence[Case], settings: Settings, rows: Sequence[Row], correlation: Correlation
) -> dict[str, Any]:
    """The same as values."""
    return {
        "settings": {
            "requests": settings.requests,
            "lanes": settings.lanes,
            "slots": settings.slots,
            "failure_ppm": settings.failure_ppm,
            "fail_at": list(settings.fail_at),
            "seed": settings.seed,
            "file_size": settings.file_size,
            "reaper_age": settings.reaper_age,
        },
        "programs": [
            {
                "title": case.program.title,
                "code": case.program.code,
                "function": case.program.function,
                "resource": case.program.resource.value,
                "fixed": "fix" in case.cleanups,
                "cleanups": list(case.cleanups),
            }
            for case in cases
        ],
        "strategies": [row.to_json() for row in rows],
        "correlation": correlation.to_json(),
    }


def capacity_text(load: Load, capacity: Capacity, curve: Sequence[Point], cells: int = CELLS) -> str:
    """The capacity table, and its curve where something runs out."""
    inodes = counted(load.inodes_there, "inode")
    if load.inodes is None:
        inodes += f" (one for each {BYTES_PER_INODE // 1024} KiB, as mke2fs makes them)"
    left = f"{counted(load.per_failure, 'orphan')} a failing request"
    if load.per_success:
        left += f", {show_count(load.per_success)} a succeeding one"
    rows = [
        (
            "load",
            f"{counted(load.requests, 'request')} a day, {show_share(load.failure_share)} fail, {left}",
        ),
        ("volume", f"{show_size(load.volume)}, {inodes}; files of {show_size(load.file_size)}"),
        ("orphans a day", f"{_a_day(capacity.orphans_a_day)}, {show_size(capacity.bytes_a_day)}"),
        *_running_out(capacity),
    ]
    if capacity.steady is not None and load.reaper_days is not None and capacity.orphans_a_day:
        fits = "fits" if capacity.steady_fits else "does not fit"
        rows.append(
            (
                f"reaper after {show_seconds(load.reaper_days * 86_400)}",
                f"{_standing(capacity.steady)} at any time, "
                f"{show_size(capacity.steady * load.file_size)}: {fits}",
            )
        )
    if capacity.storm_orphans >= 1:
        rows.append((f"failures x{STORM_FACTOR} for 1 h", _storm(capacity)))
    lines = _aligned(rows, cells)
    if capacity.first is not None and 1 <= curve[-1].hour <= MANY_YEARS * 24:
        lines += ["", *_curve_lines(load, curve)]
    return "\n".join(lines) + "\n"


def _running_out(capacity: Capacity) -> list[tuple[str, str]]:
    """What runs out and when, the first first; one row where nothing does."""
    outs = [
        (days, name)
        for days, name in ((capacity.bytes_out, "bytes"), (capacity.inodes_out, "inodes"))
        if days
    ]
    if not outs:
        why = "the reaper keeps up" if capacity.orphans_a_day else "nothing is left behind"
        return [("runs out", f"nothing: {why}")]
    return [(f"{name} run out", f"after {span_of(days)}") for days, name in sorted(outs)]


def _a_day(daily: Fraction) -> str:
    """So many a day; where that is less than one, one in so many days."""
    seldom = f" (1 in {span_of(1 / daily)})" if 0 < daily < 1 else ""
    return show_count(daily) + seldom


def _standing(orphans: Fraction) -> str:
    if orphans < 1:
        return "less than 1 orphan stands"
    shown = counted(orphans, "orphan")
    return f"{shown} stands" if shown.startswith("1 ") else f"{shown} stand"


def _storm(capacity: Capacity) -> str:
    text = f"{counted(capacity.storm_orphans, 'orphan')} more"
    outs = [days for days in (capacity.bytes_out, capacity.inodes_out) if days is not None]
    if capacity.storm_days is not None and outs and capacity.storm_days < min(outs):
        text += f", full {show_seconds(_to_minutes(capacity.storm_days * 86_400))} sooner"
    if capacity.storm_peak is not None:
        holds = "the volume holds it" if capacity.storm_survives else "more than the volume holds"
        text += f"; peak {show_count(capacity.storm_peak)} with the reaper: {holds}"
    return text


def descriptors_text(load: Load, cells: int = CELLS) -> str:
    """How long one process can go on opening descriptors that nothing closes: they fill no disk."""
    daily = orphans_a_day(load, load.failure_share)
    left = f"{counted(load.per_failure, 'descriptor')} a failing request"
    if load.per_success:
        left += f", {show_count(load.per_success)} a succeeding one"
    rows = [
        ("load", f"{counted(load.requests, 'request')} a day, {show_share(load.failure_share)} fail, {left}")
    ]
    if daily:
        limit = f"{OPEN_FILES:,} open files in one process, as is usual; its exit closes them"
        rows += [
            ("left open a day", f"{_a_day(daily)} descriptor{'' if daily == 1 else 's'}"),
            ("limit reached", f"after {span_of(OPEN_FILES / daily)}: {limit}"),
        ]
    else:
        rows.append(("runs out", "nothing: each descriptor is closed"))
    return "\n".join(_aligned(rows, cells)) + "\n"


def descriptors_json(load: Load) -> dict[str, Any]:
    """The same as values."""
    daily = orphans_a_day(load, load.failure_share)
    return {
        "requests_a_day": _decimal(load.requests),
        "failure_share": _decimal(load.failure_share),
        "per_failure": _decimal(load.per_failure),
        "per_success": _decimal(load.per_success),
        "descriptors_a_day": _decimal(daily),
        "open_files": OPEN_FILES,
        "open_files_out_day": _decimal(OPEN_FILES / daily if daily else None),
    }


def _aligned(rows: Sequence[tuple[str, str]], cells: int) -> list[str]:
    width = max(len(name) for name, _ in rows) + 2
    lines = []
    for name, value in rows:
        first, *rest = _at_words(value, cells - width)
        lines += [f"{name:<{width}}{first}", *(" " * width + line for line in rest)]
    return lines


def span_of(days: Fraction) -> str:
    """A length of time for a reader: minutes or hours where it is short, with years where it is long."""
    if days >= MANY_YEARS:
        return "more than 1,000 years"
    if days >= 2 * YEAR:
        return f"{counted(days, 'day')} ({counted(days / YEAR, 'year')})"
    if days >= 2:
        return counted(days, "day")
    if days * 24 >= 2:
        return counted(days * 24, "hour")
    return counted(days * 24 * 60, "minute") if days * 24 * 60 >= 1 else "less than a minute"


def capacity_json(load: Load, capacity: Capacity, curve: Sequence[Point]) -> dict[str, Any]:
    """The same as values; days and counts as decimal numbers with six places."""
    return {
        "requests_a_day": _decimal(load.requests),
        "failure_share": _decimal(load.failure_share),
        "file_size": load.file_size,
        "volume": load.volume,
        "inodes": load.inodes_there,
        "inodes_assumed": load.inodes is None,
        "per_failure": _decimal(load.per_failure),
        "per_success": _decimal(load.per_success),
        "orphans_a_day": _decimal(capacity.orphans_a_day),
        "bytes_a_day": _decimal(capacity.bytes_a_day),
        "bytes_out_day": _decimal(capacity.bytes_out),
        "inodes_out_day": _decimal(capacity.inodes_out),
        "first": capacity.first,
        "reaper_days": _decimal(load.reaper_days),
        "steady_orphans": _decimal(capacity.steady),
        "steady_fits": capacity.steady_fits,
        "storm": {
            "orphans": _decimal(capacity.storm_orphans),
            "days_sooner": _decimal(capacity.storm_days),
            "peak": _decimal(capacity.storm_peak),
            "survives": capacity.storm_survives,
        },
        "curve": [
            {
                "hour": point.hour,
                "orphans": _decimal(point.plain),
                "reaped": _decimal(point.reaped),
                "storm": _decimal(point.storm),
            }
            for point in curve
        ],
    }


def _heading(case: Case) -> str:
    program = case.program
    code = f" {program.code}" if program.code else ""
    title = f"{program.title}:{code} in {program.function}()" if program.function else program.title
    return leading(visible(title))


def _table(cases: Sequence[Case], groups: Sequence[Sequence[Row]], cells: int) -> list[str]:
    """A row for each group, its numbers behind the first line of its names."""
    descriptors = any(case.program.resource is Resource.DESCRIPTOR for case in cases)
    names = any(case.program.resource is not Resource.DESCRIPTOR for case in cases)
    head = ["strategy", "served", "failed", "rejected", "(valid)"]
    head += ["orphans", "bytes", "inodes"] * names + ["descriptors"] * descriptors
    table = [head]
    for group in groups:
        outcome, counts = group[0].outcome, group[0].outcome.counts
        row = [_titles(group), counts.served, counts.failed, counts.rejected, f"({group[0].valid})"]
        if names:
            row += [counts.orphans, show_size(outcome.bytes), outcome.inodes]
        if descriptors:
            row.append(counts.descriptors)
        table.append([str(cell) for cell in row])
    widths = [max(len(line[column]) for line in table) for column in range(1, len(head))]
    # One blank between numbers, so that it fits into 80 columns.
    numbers = [
        " ".join(cell.rjust(width) for cell, width in zip(line[1:], widths, strict=True)) for line in table
    ]
    room = max(LEAST_LABEL, cells - 2 - len(numbers[0]))
    labels = [_at_words(line[0], room) for line in table]
    width = max(len(part) for label in labels for part in label)
    lines = []
    for (first, *rest), row_of_numbers in zip(labels, numbers, strict=True):
        lines += [f"{first:<{width}}  {row_of_numbers}", *rest]
    return lines


def _correlation_lines(cases: Sequence[Case], correlation: Correlation) -> list[str]:
    alone = correlation.orphaned[0]
    if correlation.exact:
        text = "every failing request leaves one orphan and no other does: the leak rate is the error rate"
    elif not any(correlation.orphaned):
        text = "no orphans at any failure rate"
        if any(case.program.code for case in cases):
            text += ": what leaks here is a rarer failure, or a second one in the same request"
    elif correlation.r is None:
        text = "the orphans don't follow the failures: they come at every failure rate alike"
    elif alone:
        text = f"{alone} orphans without any failure: they don't wait for errors (correlation {correlation.r:.2f})"
    else:
        each = show_count(correlation.per_failure)
        text = f"orphans come with failures only, {each} a failing request (correlation {correlation.r:.2f})"
    return [
        f"as written, {SWEEP_REQUESTS} requests at each failure rate from 0 to 50%: {text}",
        f"  failing {' '.join(f'{number:4}' for number in correlation.faulted)}",
        f"  orphans {' '.join(f'{number:4}' for number in correlation.orphaned)}",
    ]


def _curve_lines(load: Load, curve: Sequence[Point]) -> list[str]:
    """A dozen rows: the share of the volume (bytes or inodes, whichever is tighter) that orphans hold."""
    hours = Fraction(curve[-1].hour)
    unit, length = ("hour", Fraction(1)) if hours < 48 else ("day", Fraction(24))
    if hours >= 2 * YEAR * 24:
        unit, length = "year", YEAR * 24
    rows = curve[:: max(1, (len(curve) - 1) // 12)]
    times = [f"{float(point.hour / length):.{0 if unit == 'hour' else 1}f}" for point in rows]
    width = max(map(len, [unit, *times]))
    lines = [f"{unit:>{width}}    used  (bytes or inodes, whichever is tighter)"]
    for point, at in zip(rows, times, strict=True):
        standing = point.plain if point.reaped is None else point.reaped
        used = max(
            standing * load.file_size / load.volume,
            standing * load.inodes_each / load.inodes_there if load.inodes_there else Fraction(0),
        )
        used = min(used, Fraction(1))
        lines.append(f"{at:>{width}} {float(used):7.1%} |{'#' * round(used * _BAR):<{_BAR}}|")
    return lines


def _to_minutes(seconds: Fraction) -> Fraction:
    return Fraction(round(seconds / 60) * 60)


def _decimal(value: Fraction | None) -> float | int | None:
    if value is None:
        return None
    return int(value) if value.denominator == 1 else round(float(value), 6)
