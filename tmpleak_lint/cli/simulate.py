"""`tmpleak-lint simulate CODE | PATH:LINE | PATH`: play what happens to the files, under several cleanups.

In: arguments. Out: on a terminal an animation, then the tables; in a pipe the tables or JSON; with `--html`
a page. The code that is played is never run. Without a target, the capacity flags alone give the capacity
table.
"""

from __future__ import annotations

import argparse
import os
import shlex
import sys
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tmpleak_lint.cli import UsageError
from tmpleak_lint.cli.parser import Parser
from tmpleak_lint.cli.terminal import wants_color, width_of
from tmpleak_lint.reporting.json_text import json_text
from tmpleak_lint.reporting.text import visible
from tmpleak_lint.simulation import capacity, report, units
from tmpleak_lint.simulation.cleanups import guarantee
from tmpleak_lint.simulation.compare import (
    Case,
    Correlation,
    chosen,
    compare,
    correlate,
    steps_that_can_fail,
)
from tmpleak_lint.simulation.engine import MILLION, Settings
from tmpleak_lint.simulation.program import Resource
from tmpleak_lint.simulation.strategies import AS_WRITTEN, DEFAULT, FOR_MANY, GUARANTEED, Strategy, named

if TYPE_CHECKING:
    from tmpleak_lint.simulation.page.build import Shown

MOST_REQUESTS = 100_000
MOST_SLOTS = 10_000
MOST_DESCRIPTORS = 200  # slots that are really opened descriptors: a process may often have 256
PLAYED = ("requests", "slots", "failure_rate", "fail_at", "seed", "strategy", "reaper_age", "rate", "file_size",
          "volume", "inodes", "reaper", "isolated")  # fmt: skip
REAPED = "as-written+reaper"
SELDOM = Fraction(1, 5)  # of the failing requests leave something: then a hint says where failures do
ANY_CAPACITY = ("rate", "volume", "inodes", "reaper")
DEFAULTS = {"rate": "100000/day", "file_size": "300KB", "volume": "50GB"}


def main(arguments: Sequence[str]) -> int:
    """Show what was asked for."""
    given = parser().parse_args(arguments)
    try:
        return _run(given)
    except (units.BadUnit, ValueError) as error:
        raise UsageError(str(error)) from error


def parser() -> Parser:
    """The parser of `tmpleak-lint simulate`."""
    own = Parser(
        prog="tmpleak-lint simulate",
        description="Play what a finding does to a small temp directory: as written, and under other "
        "cleanups. Real files are made in a private scratch directory; the code itself is never run.",
        epilog="Exit status: 0 when it could be shown, 2 otherwise.",
        allow_abbrev=False,
    )
    own.add_argument(
        "target", nargs="?", metavar="CODE | PATH:LINE | PATH",
        help="a rule's own example, one creation site, or every finding of a file or folder together",
    )  # fmt: skip
    play = own.add_argument_group("The run")
    play.add_argument("--requests", type=int, default=240, metavar="N", help="default: 240")
    play.add_argument(
        "--slots", type=int, default=12, metavar="N", help="names the directory holds; default: 12"
    )
    play.add_argument("--failure-rate", metavar="SHARE", help="requests that fail: 10%% (the default), 0.1")
    play.add_argument(
        "--fail-at", action="append", default=[], metavar="STEP",
        help="fail only there: a line number, or a part of the step's text (repeatable)",
    )  # fmt: skip
    play.add_argument("--seed", type=int, default=1, metavar="N", help="same seed, same output; default: 1")
    play.add_argument(
        "--strategy", action="append", default=[], metavar="NAME",
        help="as-written, last-line, try-finally, with, finalize, close, guard, add-cleanup, fix, guaranteed, each "
        "also with +reaper (repeatable)",
    )  # fmt: skip
    play.add_argument(
        "--reaper-age",
        default="6h",
        metavar="TIME",
        help="the reaper's limit in the run, in which a tick stands for 12 minutes; default: 6h",
    )
    load = own.add_argument_group("Capacity: how long until it is full")
    load.add_argument("--rate", metavar="N/TIME", help="requests: 100000/day, 70/min")
    load.add_argument("--file-size", metavar="SIZE", help="of each file: 300KB")
    load.add_argument("--volume", metavar="SIZE", help="of the file system: 50GB")
    load.add_argument("--inodes", metavar="N", help="of the file system; default: one for each 16 KiB")
    load.add_argument("--reaper", metavar="TIME", help="files older than this are deleted: 6h")
    out = own.add_argument_group("Output")
    out.add_argument("--html", metavar="FILE", help="write one self-contained page")
    out.add_argument("--json", action="store_true", help="print values instead of tables")
    out.add_argument("--speed", type=float, default=15, metavar="N", help="ticks a second on a terminal")
    out.add_argument("--no-animation", action="store_true", help="tables only, on a terminal too")
    out.add_argument("--color", choices=("auto", "always", "never"), default="auto", help="default: auto")
    own.add_argument("--isolated", action="store_true", help="read no configuration file")
    return own


def _run(given: argparse.Namespace) -> int:
    wants_capacity = any(getattr(given, name) is not None for name in ANY_CAPACITY)
    if given.target is None:
        if not wants_capacity:
            raise UsageError(
                "name a CODE, a PATH:LINE or a PATH, or give capacity flags: tmpleak-lint simulate TML103, "
                "tmpleak-lint simulate --rate 100000/day"
            )
        if given.html:
            raise UsageError("--html needs a CODE, a PATH:LINE or a PATH")
        sys.stdout.write(_capacity_alone(given))
        return 0
    from tmpleak_lint.cli.simulated import find

    wanted = [named(name).rewrite for name in given.strategy]
    shown = find(given.target, isolated=given.isolated, wanted=wanted and [*wanted, GUARANTEED])
    cases = [one.case for one in shown]
    settings = _settings(given, cases)
    strategies = chosen(given.strategy or (DEFAULT if len(cases) == 1 else FOR_MANY), cases)
    if not strategies:
        raise UsageError(f"{', '.join(given.strategy)} can't be shown for this target")
    correlation = correlate([case.program for case in cases], settings)
    load = _load(given, cases, settings, correlation)
    open_files = all(case.program.resource is Resource.DESCRIPTOR for case in cases)
    if given.html:
        _write_page(given, shown, settings, strategies, load)
    if not given.json and not given.no_animation and sys.stdout.isatty():
        _animate(given, cases, settings, _beside(given, cases, strategies))
    rows = compare(cases, settings, strategies)
    if given.json:
        values: dict[str, Any] = report.comparison_json(cases, settings, rows, correlation)
        numbers = report.descriptors_json if open_files else _capacity_values
        values["capacity"] = numbers(load) if wants_capacity else None
        sys.stdout.write(json_text(values, 2))
        return 0
    hint = _where_it_leaks(shown, settings, correlation)
    cells = width_of(sys.stdout)
    sys.stdout.write(report.comparison_text(cases, settings, rows, correlation, cells, hint))
    if wants_capacity:
        table = report.descriptors_text if open_files else _capacity_table
        sys.stdout.write("\n" + table(load, cells))
    if not given.html:
        sys.stdout.write(f"\nplay it in a browser: {visible(_page_command(given))}\n")
    return 0


def _page_command(given: argparse.Namespace) -> str:
    """The line that makes the page of this very run; a path as it is called from here."""
    from tmpleak_lint.rules import RULES

    target = next((code for code, rule in RULES.items() if rule.name == given.target.lower()), given.target)
    path, colon, line = target.rpartition(":")
    if Path(target).is_absolute():
        target = (
            os.path.relpath(path) + colon + line if colon and line.isdecimal() else os.path.relpath(target)
        )
    words = ["tmpleak-lint", "simulate", target]
    for name, default in _parser_defaults().items():
        value = getattr(given, name)
        option = f"--{name.replace('_', '-')}"
        if value == default:
            continue
        for each in value if isinstance(value, list) else [value]:
            words += [option] if each is True else [option, str(each)]
    return shlex.join([*words, "--html", "page.html"])


def _parser_defaults() -> dict[str, Any]:
    """The options that decide what is played, with what they are when nobody sets them."""
    nothing = parser().parse_args([])
    return {name: getattr(nothing, name) for name in PLAYED}


def _settings(given: argparse.Namespace, cases: Sequence[Case]) -> Settings:
    _within("--requests", given.requests, 1, MOST_REQUESTS)
    _within("--slots", given.slots, 1, MOST_SLOTS)
    _within("--seed", given.seed, 0, 0xFFFFFFFF)
    reaper_age = units.ticks(given.reaper_age)
    _within("--reaper-age (ticks of 12 minutes)", reaper_age, 1, MOST_REQUESTS)
    if given.speed <= 0:
        raise UsageError("--speed must be above 0")
    if any(case.program.resource is Resource.DESCRIPTOR for case in cases):
        _within("--slots (open descriptors)", given.slots, 1, MOST_DESCRIPTORS)
    share = units.share(given.failure_rate if given.failure_rate is not None else "10%")
    return Settings(
        requests=given.requests,
        slots=given.slots,
        failure_ppm=round(share * MILLION),
        seed=given.seed,
        fail_at=_labels(given.fail_at, cases),
        file_size=units.size(given.file_size or DEFAULTS["file_size"]),
        reaper_age=reaper_age,
    )


def _within(name: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise UsageError(f"{name} must lie between {least:,} and {most:,}")


def _labels(asked: Sequence[str], cases: Sequence[Case]) -> tuple[str, ...]:
    """The labels of the steps that `--fail-at` means."""
    steps = sorted({step for case in cases for step in steps_that_can_fail(case.program)})
    found: list[str] = []
    for text in asked:
        labels = [
            label for line, label in steps if (text == str(line) if text.isdecimal() else text in label)
        ]
        if not labels:
            known = ", ".join(f"{line} ({label})" for line, label in steps[:8]) or "none"
            raise UsageError(f"--fail-at {text}: no step that can fail is there; steps: {known}")
        found += labels
    return tuple(dict.fromkeys(found))


def _where_it_leaks(shown: Sequence[Shown], settings: Settings, correlation: Correlation) -> str:
    """Where hardly a failure leaves anything: the step of the finding's own path, if failures there do."""
    (one, *more) = shown
    if more or settings.fail_at or not one.row or correlation.per_failure > SELDOM or correlation.per_success:
        return ""
    there = tuple(
        dict.fromkeys(label for row, label in steps_that_can_fail(one.case.program) if row == one.row)
    )
    if (
        there
        and correlate([one.case.program], replace(settings, fail_at=there)).per_failure
        > correlation.per_failure
    ):
        return f"Few failures leave anything here. The path of the finding fails in line {one.row}: --fail-at {one.row}"
    return ""


def _load(
    given: argparse.Namespace, cases: Sequence[Case], settings: Settings, correlation: Correlation
) -> capacity.Load:
    """The capacity load; what a request leaves is measured in the sweep. A disk fills with files alone."""
    files = [case.program for case in cases if case.program.resource is not Resource.DESCRIPTOR]
    if files and len(files) < len(cases):
        correlation = correlate(files, settings)
    directories = any(program.resource is Resource.DIRECTORY for program in files)
    return _plain_load(given, correlation.per_failure, correlation.per_success, 2 if directories else 1)


def _plain_load(
    given: argparse.Namespace, per_failure: Fraction, per_success: Fraction, inodes_each: int
) -> capacity.Load:
    load = capacity.Load(
        requests=units.rate_per_day(given.rate or DEFAULTS["rate"]),
        failure_share=units.share(given.failure_rate if given.failure_rate is not None else "2%"),
        file_size=units.size(given.file_size or DEFAULTS["file_size"]),
        volume=units.size(given.volume or DEFAULTS["volume"]),
        inodes=None if given.inodes is None else units.count(given.inodes),
        reaper_days=None if given.reaper is None else units.seconds(given.reaper) / units.DAY,
        per_failure=per_failure,
        per_success=per_success,
        inodes_each=inodes_each,
    )
    for name in ("file_size", "volume", "inodes_there"):
        if not getattr(load, name):
            raise UsageError(f"--{name.removesuffix('_there').replace('_', '-')} must be above 0")
    return load


def _capacity_alone(given: argparse.Namespace) -> str:
    """Without a target: each failing request leaves one file, as where only the happy path deletes."""
    load = _plain_load(given, Fraction(1), Fraction(0), 1)
    return json_text(_capacity_values(load), 2) if given.json else _capacity_table(load, width_of(sys.stdout))


def _capacity_table(load: capacity.Load, cells: int) -> str:
    return report.capacity_text(load, capacity.compute(load), capacity.curve(load), cells)


def _capacity_values(load: capacity.Load) -> dict[str, Any]:
    return report.capacity_json(load, capacity.compute(load), capacity.curve(load))


def _write_page(
    given: argparse.Namespace,
    shown: Sequence[Shown],
    settings: Settings,
    strategies: Sequence[Strategy],
    load: capacity.Load,
) -> None:
    from tmpleak_lint.fixing.writing import WriteError, write_file
    from tmpleak_lint.simulation.page.build import page

    title = shown[0].case.program.title if len(shown) == 1 else f"{len(shown)} findings"
    text = page(shown, settings, strategies, load, f"{title}: tmpleak-lint simulate", _page_command(given))
    try:
        write_file(Path(given.html), text.encode("utf-8"))
    except WriteError as error:
        raise UsageError(f"--html {error}") from error
    print(f"wrote {visible(given.html)}", file=sys.stderr)


def _animate(
    given: argparse.Namespace, cases: Sequence[Case], settings: Settings, strategies: Sequence[Strategy]
) -> None:
    from shutil import get_terminal_size

    from tmpleak_lint.simulation.keys import keys
    from tmpleak_lint.simulation.player import animate

    size = (width_of(sys.stdout), get_terminal_size().lines)
    color = wants_color(given.color, sys.stdout, os.environ)
    with keys(sys.stdin) as keyboard:
        animate(cases, settings, strategies, sys.stdout, keyboard, given.speed, size, color)


def _beside(
    given: argparse.Namespace, cases: Sequence[Case], strategies: Sequence[Strategy]
) -> list[Strategy]:
    """The two that are animated: the code as written and the cleanup guaranteed, unless others are asked for."""
    if len(given.strategy) > 1:
        return list(strategies[:2])
    (other,) = chosen(given.strategy or [GUARANTEED], cases) or (named(REAPED),)
    if other.name == GUARANTEED and len(cases) == 1:
        best = guarantee(cases[0].cleanups)
        other = replace(other, title=f"{other.title} ({named(best.name).title})") if best else other
    pair = [named(AS_WRITTEN), other] if other.name != AS_WRITTEN else [named(AS_WRITTEN)]
    return pair if any(case.program.code for case in cases) else pair[:1]
