"""Many programs: draw, run, ask, compare, reduce; on several processes.

In: a seed and the numbers of the programs. Out: one `Judgement` a program, in order. Programs that the
oracle has no model for are judgements with a `gap`, never agreements.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

from tests.oracle.grammar import nth
from tests.oracle.instrument import OracleGap
from tests.oracle.reduce import reduce
from tests.oracle.runner import Truth, explore
from tests.oracle.verdict import FALSE_ALARM, Disagreement, compare
from tests.oracle.world import World


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one program of a campaign showed."""

    number: int
    source: str
    tags: frozenset[str]
    created: int  # lines that created something
    leaking: int  # of those, the ones that can leave it behind
    runs: int
    complete: bool
    disagreements: tuple[Disagreement, ...] = ()
    gap: str | None = None

    @property
    def agrees(self) -> bool:
        return not self.disagreements and self.gap is None


def judge(world: World, seed: int, number: int) -> Judgement:
    """Draw one program and compare verdict and truth."""
    drawn = nth(seed, number)
    try:
        truth = explore(world, drawn.source)
    except OracleGap as gap:
        return Judgement(number, drawn.source, drawn.tags, 0, 0, 0, False, gap=str(gap))
    differing = tuple(compare(drawn.source, truth))
    return Judgement(
        number,
        drawn.source,
        drawn.tags,
        len(truth.created),
        len(truth.files),
        truth.runs,
        truth.complete,
        differing,
    )


def judge_chunk(seed: int, numbers: tuple[int, ...]) -> list[Judgement]:
    with World() as world:
        return [judge(world, seed, number) for number in numbers]


def judgements(seed: int, count: int, jobs: int = 1, chunk: int = 50) -> Iterator[Judgement]:
    """The judgements on the first `count` programs of a seed, in order."""
    chunks = [tuple(range(start, min(start + chunk, count))) for start in range(0, count, chunk)]
    if jobs == 1:
        for numbers in chunks:
            yield from judge_chunk(seed, numbers)
        return
    with ProcessPoolExecutor(jobs) as pool:
        for found in pool.map(judge_chunk, [seed] * len(chunks), chunks):
            yield from found


def minimised(world: World, source: str, disagreement: Disagreement) -> tuple[str, Truth, list[Disagreement]]:
    """The smallest program found with a disagreement of the same kind, its truth and its disagreements."""

    def look(text: str) -> tuple[Truth, list[Disagreement]] | None:
        try:
            truth = explore(world, text)
            return truth, compare(text, truth)
        except (OracleGap, SyntaxError):
            return None

    def keeps(text: str) -> bool:
        seen = look(text)
        if seen is None:
            return False
        truth, found = seen
        return any(
            item.kind == disagreement.kind
            and (item.direction != FALSE_ALARM or (item.reason, item.line in truth.created) == alarm)
            for item in found
        )

    first = look(source)
    alarm = (disagreement.reason, first is not None and disagreement.line in first[0].created)
    small = reduce(source, keeps) if keeps(source) else source
    seen = look(small)
    assert seen is not None
    return small, *seen


def processors(jobs: int | None) -> int:
    return jobs or min(4, os.cpu_count() or 1)


def by_construct(judged: Iterable[Judgement]) -> dict[str, tuple[int, int]]:
    """Construct -> programs with it, programs among them that disagree."""
    counts: dict[str, tuple[int, int]] = {}
    for item in judged:
        for tag in item.tags:
            total, wrong = counts.get(tag, (0, 0))
            counts[tag] = (total + 1, wrong + (not item.agrees))
    return counts
