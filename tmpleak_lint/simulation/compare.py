"""Strategies side by side over the same requests, and the leak rate against the error rate.

In: cases (a creation site's program, with those of its other cleanups), settings and strategy names. Out: one `Row` a
strategy, played with real files in a scratch directory, whose counts are what was found on the disk; and a
`Correlation` from dry runs in a directory that never fills.

A request that is turned away counts as valid where it would have been served with the cleanup guaranteed; where no
cleanup holds, where it would have been served had the directory had room for everything.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from tmpleak_lint.simulation import strategies
from tmpleak_lint.simulation.cleanups import Cleanup, guarantee
from tmpleak_lint.simulation.engine import Counts, End, Frame, Outcome, Run, Settings, run
from tmpleak_lint.simulation.program import Kind, Program, Resource
from tmpleak_lint.simulation.scratch import Scratch, scratch
from tmpleak_lint.simulation.strategies import Strategy
from tmpleak_lint.simulation.units import show_count

SWEEP_PPM = tuple(range(0, 500_001, 50_000))
SWEEP_REQUESTS = 500
SWEEP_ROOM = 20  # names a request may leave before the sweep's directory could fill


@dataclass(frozen=True, slots=True)
class Case:
    """One creation site: the program as written, and what it is under other cleanups, by their names."""

    program: Program
    cleanups: Mapping[str, Cleanup] = field(default_factory=dict)

    def under(self, name: str) -> Cleanup | None:
        """The cleanup called `name`; the guaranteed one where the place has none of that name. None: as written."""
        if name in (strategies.AS_WRITTEN, strategies.LAST_LINE):
            return self.cleanups.get(name)
        return self.cleanups.get(name) or guarantee(self.cleanups)


@dataclass(frozen=True, slots=True)
class Row:
    """What came of one strategy, how many of the requests turned away were valid, one line on when it broke."""

    strategy: Strategy
    outcome: Outcome
    valid: int
    story: str

    def to_json(self) -> dict[str, Any]:
        broke = self.outcome.broke
        return {
            "strategy": self.strategy.name,
            **_counts_to_json(self.outcome.counts),
            "rejected_valid": self.valid,
            "ticks": self.outcome.ticks,
            "peak": self.outcome.peak,
            "bytes": self.outcome.bytes,
            "inodes": self.outcome.inodes,
            "broke": None
            if broke is None
            else {"tick": broke.tick, "request": broke.request + 1, "orphans": broke.orphans},
            "by_program": list(self.outcome.by_program),
            "story": self.story,
        }


@dataclass(frozen=True, slots=True)
class Correlation:
    """Requests that met a fault and orphans made, at each of the swept failure rates; `r` is Pearson's.

    `per_failure` and `per_success`: orphans left by one request with and without a fault, at the highest
    rate.
    """

    faulted: tuple[int, ...]
    orphaned: tuple[int, ...]
    r: float | None
    per_failure: Fraction
    per_success: Fraction

    @property
    def exact(self) -> bool:
        """Does every failing request leave exactly one orphan, and no other request any?"""
        return self.faulted == self.orphaned and max(self.faulted) > 0

    def to_json(self) -> dict[str, Any]:
        return {
            "failure_ppm": list(SWEEP_PPM),
            "requests": SWEEP_REQUESTS,
            "faulted": list(self.faulted),
            "orphaned": list(self.orphaned),
            "r": None if self.r is None else round(self.r, 4),
            "exact": self.exact,
        }


class Disagreement(AssertionError):
    """What the engine says and what lies on the disk differ: a defect of the simulator itself."""


def chosen(names: Iterable[str], cases: Sequence[Case]) -> tuple[Strategy, ...]:
    """The strategies called `names`, without those that no case can show; ValueError for an unknown name."""
    found = [strategies.named(name) for name in dict.fromkeys(names)]
    return tuple(strategy for strategy in found if _shows(strategy, cases))


def programs_under(cases: Sequence[Case], strategy: Strategy) -> tuple[Program, ...]:
    """What the requests walk under `strategy`; a case that no cleanup holds for plays as written."""
    found = [(case, case.under(strategy.rewrite)) for case in cases]
    return tuple(case.program if cleanup is None else cleanup.program for case, cleanup in found)


def under(settings: Settings, strategy: Strategy) -> Settings:
    """The settings under `strategy`: a reaper runs only where the strategy has one."""
    return settings if strategy.reaper else replace(settings, reaper_age=0)


def compare(
    cases: Sequence[Case], settings: Settings, chosen_strategies: Sequence[Strategy]
) -> tuple[Row, ...]:
    """Play every strategy for real, one after the other, and count what is left on the disk."""
    rows = []
    fates = served_otherwise(cases, settings)
    with scratch(settings.file_size) as place:
        for strategy in chosen_strategies:
            outcome = run(programs_under(cases, strategy), under(settings, strategy), place)
            _agree(outcome, place)
            place.clear()
            valid = turned_away(outcome, fates)
            told = story(outcome, settings, valid) + _partly(cases, strategy)
            rows.append(Row(strategy, outcome, valid, told))
    return tuple(rows)


def served_otherwise(cases: Sequence[Case], settings: Settings) -> tuple[End, ...]:
    """How each request ends with the cleanup guaranteed; where no cleanup holds, in a directory with room for all."""
    guaranteed = strategies.named(strategies.GUARANTEED)
    settings = under(settings, guaranteed)
    if not any(guarantee(case.cleanups) for case in cases):
        settings = replace(settings, slots=settings.requests * SWEEP_ROOM)
    return run(programs_under(cases, guaranteed), settings).ends


def turned_away(outcome: Outcome, fates: Sequence[End]) -> int:
    """Requests that found the directory full, and would have been served otherwise."""
    pairs = zip(outcome.ends, fates, strict=True)
    return sum(end is End.REJECTED and fate is End.SERVED for end, fate in pairs)


def play(cases: Sequence[Case], settings: Settings, strategy: Strategy, place: Scratch) -> Iterator[Frame]:
    """The frames of one strategy, with real files in `place`; what is left there is the caller's to clear."""
    return Run(programs_under(cases, strategy), under(settings, strategy), place).frames()


def correlate(programs: Sequence[Program], settings: Settings) -> Correlation:
    """Sweep the failure rate from 0 to 50 % over a directory with room for everything."""
    outcomes = []
    for ppm in SWEEP_PPM:
        swept = replace(
            settings,
            requests=SWEEP_REQUESTS,
            slots=SWEEP_REQUESTS * SWEEP_ROOM,
            failure_ppm=ppm,
            reaper_age=0,
        )
        outcomes.append(run(programs, swept).counts)
    faulted = tuple(counts.faulted for counts in outcomes)
    orphaned = tuple(counts.orphaned for counts in outcomes)
    last = outcomes[-1]
    unharmed = SWEEP_REQUESTS - last.faulted
    return Correlation(
        faulted,
        orphaned,
        pearson(faulted, orphaned),
        Fraction(last.orphaned_by_faulted, last.faulted) if last.faulted else Fraction(0),
        Fraction(last.orphaned - last.orphaned_by_faulted, unharmed) if unharmed else Fraction(0),
    )


def pearson(one: Sequence[int], other: Sequence[int]) -> float | None:
    """The correlation of two rows of numbers; None when either doesn't vary."""
    size = len(one)
    covariance = size * sum(x * y for x, y in zip(one, other, strict=True)) - sum(one) * sum(other)
    first = size * sum(x * x for x in one) - sum(one) ** 2
    second = size * sum(y * y for y in other) - sum(other) ** 2
    if not first or not second:
        return None
    return covariance / (math.sqrt(first) * math.sqrt(second))


def story(outcome: Outcome, settings: Settings, valid: int) -> str:
    """One line: when the directory was full and who paid for it, or that it never was."""
    counts, broke = outcome.counts, outcome.broke
    left = counts.orphans + counts.descriptors
    if broke is None:
        text = f"never full: at most {outcome.peak} of {settings.slots} slots in use"
        if left:
            text += f", {show_count(left)} left behind"
    else:
        text = (
            f"full at request {broke.request + 1} "
            f"({broke.orphans} left behind, {settings.slots - broke.orphans} in use); "
            f"{show_count(counts.rejected)} turned away, {show_count(valid)} of them valid"
        )
        if left != broke.orphans:
            text += f"; {show_count(left)} left behind in the end"
    if counts.reaped_in_use:
        text += f"; the reaper took {show_count(counts.reaped_in_use)} still in use"
    return text


def _partly(cases: Sequence[Case], strategy: Strategy) -> str:
    """Where not every finding has the strategy's cleanup: how many do."""
    if strategy.rewrite == strategies.AS_WRITTEN:
        return ""
    if strategy.rewrite == strategies.GUARANTEED:
        have = sum(guarantee(case.cleanups) is not None for case in cases)
        return "" if have == len(cases) else f"; {have} of {len(cases)} findings have a cleanup that holds"
    have = sum(strategy.rewrite in case.cleanups for case in cases)
    return "" if have == len(cases) else f"; {have} of {len(cases)} findings can be cleaned up so"


def steps_that_can_fail(program: Program) -> tuple[tuple[int, str], ...]:
    """Line and label of every step on which a fault can be put, each once, in the order of the source."""
    raising = {edge.source for edge in program.edges if edge.kind.value == "error"}
    onward = {edge.source for edge in program.edges if edge.kind.value != "error"}
    found = {
        (node.line, node.label)
        for node in program.nodes
        if node.id in raising & onward and node.kind is not Kind.RELEASE
    }
    return tuple(sorted(found))


def _shows(strategy: Strategy, cases: Sequence[Case]) -> bool:
    if strategy.reaper and all(case.program.resource is Resource.DESCRIPTOR for case in cases):
        return False  # a reaper deletes names; it can't close the descriptors of a living process
    if strategy.rewrite == strategies.AS_WRITTEN:
        return True
    if strategy.rewrite == strategies.GUARANTEED:
        return any(guarantee(case.cleanups) for case in cases)
    return any(strategy.rewrite in case.cleanups for case in cases)


def _agree(outcome: Outcome, place: Scratch) -> None:
    said = (outcome.counts.orphans, outcome.counts.descriptors, outcome.bytes, outcome.inodes)
    there = (place.names(), place.descriptors(), *place.usage())
    if said != there:
        raise Disagreement(f"the model says {said}, the disk holds {there}")


def _counts_to_json(counts: Counts) -> dict[str, int]:
    return {name: getattr(counts, name) for name in Counts.__dataclass_fields__}
