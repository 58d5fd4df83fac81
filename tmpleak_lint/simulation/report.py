"""What a simulation prints: the table of strategies, the leak rate against the error rate, the capacity.

In: cases, rows, a correlation, a capacity. Out: plain text, or values for `json.dumps`. Nothing here
depends on the machine, the clock or the width of a terminal. Colour and animation are the player's.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
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
from tmpleak_lint.simulation.units import show_count, show_seconds, show_share, show_size

_BAR = 40
YEAR = Fraction(1461, 4)
OPEN_FILES = 1024  # what Linux allows a process unless it is told otherwise (getrlimit(2), RLIMIT_NOFILE)


def comparison_text(
    cases: Sequence[Case], settings: Settings, rows: Sequence[Row], correlation: Correlation, hint: str = ""
) -> str:
    """The table that a pipe gets and a terminal ends with; `hint` is a last line."""
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
        lines[-1] += f"; the reaper deletes what is older than {settings.reaper_age} ticks"
    lines += ["", *_table(cases, rows), ""]
    lines += [f"{row.strategy.title}: {row.story}" for row in rows]
    lines += ["", *_correlation_lines(cases, correlation)]
    lines += ["", hint] if hint else []
    return "\n".join(lines) + "\n"


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


def capacity_text(load: Load, capacity: Capacity, curve: Sequence[Point]) -> str:
    """The capacity table, and its curve where something runs out."""
    inodes = _count(load.inodes_there, "inode")
    if load.inodes is None:
        inodes += f" (one for each {BYTES_PER_INODE // 1024} KiB, as mke2fs makes them)"
    left = f"{_count(load.per_failure, 'orphan')} a failing request"
    if load.per_success:
        left += f", {show_count(load.per_success)} a succeeding one"
    rows = [
        (
            "load",
            f"{_count(load.requests, 'request')} a day, {show_share(load.failure_share)} fail, {left}",
        ),
        ("volume", f"{show_size(load.volume)}, {inodes}; files of {show_size(load.file_size)}"),
        ("orphans a day", f"{show_count(capacity.orphans_a_day)}, {show_size(capacity.bytes_a_day)}"),
        *_running_out(capacity),
    ]
    if capacity.steady is not None and load.reaper_days is not None and capacity.orphans_a_day:
        fits = "fits" if capacity.steady_fits else "does not fit"
        rows.append(
            (
                f"reaper after {show_seconds(load.reaper_days * 86_400)}",
                f"{_count(capacity.steady, 'orphan')} stand at any time, "
                f"{show_size(capacity.steady * load.file_size)}: {fits}",
            )
        )
    if capacity.storm_orphans:
        rows.append((f"failures x{STORM_FACTOR} for 1 h", _storm(capacity)))
    lines = _aligned(rows)
    if capacity.first is not None:
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
    return [(f"{name} run out", f"after {_days(days)}") for days, name in sorted(outs)]


def _storm(capacity: Capacity) -> str:
    text = f"{_count(capacity.storm_orphans, 'orphan')} more"
    if capacity.storm_days is not None:
        text += f", full {show_seconds(_to_minutes(capacity.storm_days * 86_400))} sooner"
    if capacity.storm_peak is not None:
        holds = "the volume holds it" if capacity.storm_survives else "more than the volume holds"
        text += f"; peak {show_count(capacity.storm_peak)} with the reaper: {holds}"
    return text


def descriptors_text(load: Load) -> str:
    """How long one process can go on opening descriptors that nothing closes: they fill no disk."""
    daily = orphans_a_day(load, load.failure_share)
    left = f"{_count(load.per_failure, 'descriptor')} a failing request"
    if load.per_success:
        left += f", {show_count(load.per_success)} a succeeding one"
    out = f"after {_days(OPEN_FILES / daily)}" if daily else "never: each is closed"
    rows = [
        ("load", f"{_count(load.requests, 'request')} a day, {show_share(load.failure_share)} fail, {left}"),
        ("left open a day", _count(daily, "descriptor")),
        (
            "limit reached",
            f"{out}: {OPEN_FILES:,} open files in one process, as is usual; its exit closes them",
        ),
    ]
    return "\n".join(_aligned(rows)) + "\n"


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


def _aligned(rows: Sequence[tuple[str, str]]) -> list[str]:
    width = max(len(name) for name, _ in rows)
    return [f"{name:<{width}}  {value}" for name, value in rows]


def _count(value: int | Fraction, name: str) -> str:
    """A number with its unit: `1 request`, `2,000 orphans`."""
    shown = show_count(value)
    return f"{shown} {name}" if shown == "1" else f"{shown} {name}s"


def _days(days: Fraction) -> str:
    """A length of time in days, in years too where they are many."""
    years = f" ({_count(days / YEAR, 'year')})" if days >= 2 * YEAR else ""
    return _count(days, "day") + years


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


def _table(cases: Sequence[Case], rows: Sequence[Row]) -> list[str]:
    descriptors = any(case.program.resource is Resource.DESCRIPTOR for case in cases)
    names = any(case.program.resource is not Resource.DESCRIPTOR for case in cases)
    head = ["strategy", "served", "failed", "rejected", "(valid)"]
    head += ["orphans", "bytes", "inodes"] * names + ["descriptors"] * descriptors
    table = [head]
    for row in rows:
        counts = row.outcome.counts
        cells = [
            row.strategy.title,
            counts.served,
            counts.failed,
            counts.rejected,
            f"({row.valid})",
        ]
        if names:
            cells += [counts.orphans, show_size(row.outcome.bytes), row.outcome.inodes]
        if descriptors:
            cells.append(counts.descriptors)
        table.append([str(cell) for cell in cells])
    widths = [max(len(line[column]) for line in table) for column in range(len(head))]
    # One blank between numbers, so that it fits into 80 columns.
    return [
        f"{line[0]:<{widths[0]}}  "
        + " ".join(cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True))
        for line in table
    ]


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
    step = max(1, (len(curve) - 1) // 12)
    lines = ["day     used  (bytes or inodes, whichever is tighter)"]
    for point in curve[::step]:
        standing = point.plain if point.reaped is None else point.reaped
        used = max(
            standing * load.file_size / load.volume,
            standing * load.inodes_each / load.inodes_there if load.inodes_there else Fraction(0),
        )
        bar = "#" * min(_BAR, round(used * _BAR))
        lines.append(f"{float(Fraction(point.hour, 24)):6.1f} {float(used):7.1%} |{bar:<{_BAR}}|")
    return lines


def _to_minutes(seconds: Fraction) -> Fraction:
    return Fraction(round(seconds / 60) * 60)


def _decimal(value: Fraction | None) -> float | int | None:
    if value is None:
        return None
    return int(value) if value.denominator == 1 else round(float(value), 6)
