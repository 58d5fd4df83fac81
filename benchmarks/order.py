"""Does anything show who asks? On generated programs full of recursion, and on modules of real packages.

python -m benchmarks.order programs --programs 1000 --seed 1
python -m benchmarks.order corpus --modules 300 --seed 1

`programs` draws small programs whose functions hang on each other; `corpus` draws modules that owe a deletion. Each is
analysed alone, after the others in one session in a drawn order, by a relative path from another working directory, and
in runs of one and two processes: the findings must be the same to the letter. And what is found where must be what
`explain` tells and `simulate` plays: a way on which something is left behind, for each finding and for nothing else;
and the way of a finding's witness must be one of the graph that they read.
What differs is printed; the command fails when something does. Modules are taken in batches, in a drawn order, and it
is told how far it is; with `--seconds` it begins no further batch after so many, and with `--after` it goes on where
one came to.
Nothing is written outside of a scratch folder.
"""

from __future__ import annotations

import argparse
import math
import os
import random
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import chdir
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from benchmarks.corpus import prepare
from tests.session.recursive import draw
from tmpleak_lint.analysis.queries.sites import Obligation
from tmpleak_lint.analysis.verdict.report import Judged
from tmpleak_lint.creations import told_once
from tmpleak_lint.explaining.account import Outcome
from tmpleak_lint.explaining.compose import account_of
from tmpleak_lint.explaining.ways import Ways
from tmpleak_lint.model import Finding
from tmpleak_lint.reading.matters import CREATOR_NAMES
from tmpleak_lint.run import check_paths
from tmpleak_lint.session import Analysis, Session
from tmpleak_lint.settings import Settings
from tmpleak_lint.simulation.adapter import program_of
from tmpleak_lint.simulation.program import EXITS, BadProgram

ALL = Settings(min_confidence="low")
BATCH = 25
LARGEST = 200_000  # bytes: of a larger module the exploded graphs alone take minutes

Told = tuple[tuple[object, ...], ...]


class Asked(NamedTuple):
    """A module, which of those that were drawn it is, and what is found in it by itself."""

    number: int
    path: Path
    analysis: Analysis


# What the doors say


def disagreements(analysis: Analysis) -> list[str]:
    """Where what is found is not what `explain` tells and `simulate` plays of the same obligations."""
    return [why for one in analysis.judged if one.verdict is not None for why in _differs(one)]


def _differs(one: Judged) -> Iterator[str]:
    verdict = one.verdict
    assert verdict is not None
    if verdict.obligation is Obligation.HANDLE:
        return  # a handle that deletes itself: other codes are about it
    found = one.finding is not None
    where = f"{one.span.start.row}:{one.span.start.column} {verdict.obligation}"
    code = one.finding.code if one.finding is not None else "nothing"
    if one.diagnosis is not None and not Ways(verdict, one.owner).to_leak(
        one.diagnosis.cause, one.diagnosis.raised
    ):
        yield f"{where}: the witness of {code} is no way of the exploded graph"
    told = any(way.outcome is Outcome.LEFT_BEHIND for way in account_of(one, str).ways)
    if told != found:
        yield f"{where}: check finds {code}, explain tells {'of a' if told else 'no'} way that leaves it behind"
    try:
        program = program_of(verdict, one.owner, "", code)
    except BadProgram as error:
        yield f"{where}: check finds {code}, simulate can't play it: {error}"
        return
    played = any(node.holds for node in program.nodes if node.kind in EXITS)
    if played != found:
        yield f"{where}: check finds {code}, simulate {'leaves it behind' if played else 'leaves nothing'}"


def told(findings: Iterable[Finding]) -> Told:
    """Findings as they are reported, files by their full names."""
    return tuple(
        (one.code, os.path.realpath(one.filename), one.span, one.message, one.function,
         tuple((step.event, os.path.realpath(step.filename), step.span, step.message) for step in one.steps))
        for one in findings
    )  # fmt: skip


def from_everywhere(
    files: Sequence[Path], chance: random.Random, known: Mapping[Path, Analysis] | None = None
) -> Iterator[str]:
    """The modules whose findings hang on who asks, and how they differ. `known`: what each is by itself."""

    def asked(file: Path, session: Session, name: str = "") -> Told:
        return told(told_once(session.analyse(file.read_bytes(), name or str(file)).findings))

    alone = {
        file: told(told_once(known[file].findings)) if known else asked(file, Session(ALL)) for file in files
    }
    company = Session(ALL)
    for file in chance.sample(list(files), len(files)):
        if asked(file, company) != alone[file]:
            yield f"{file}: another verdict after others in one session"
    for file in files:
        with chdir(file.parent):
            if asked(file, Session(ALL), file.name) != alone[file]:
                yield f"{file}: another verdict by a relative path"
    for jobs in (1, 2):
        for report in check_paths([*map(str, files)], ALL, jobs=jobs):
            if told(report.findings) != alone[Path(report.filename)]:
                yield f"{report.filename}: another verdict in a run of {jobs}"


# What is asked


def programs(count: int, seed: int, folder: Path) -> list[Path]:
    """Drawn programs as modules, some of them spread over a package."""
    chance = random.Random(seed)
    files: list[Path] = []
    for number in range(count):
        program = draw(chance)
        names = chance.sample(sorted(program.definitions), len(program.definitions))
        place = folder / f"program{number:04}"
        if chance.random() < 0.5:
            files += program.package(place, [names[::2], names[1::2]])
        else:
            place.mkdir()
            (place / "app.py").write_text(program.module(names), encoding="utf-8")
            files.append(place / "app.py")
    return files


def modules(count: int, seed: int, after: int = 0) -> Iterator[Asked]:
    """So many modules of the corpus that owe a deletion, drawn one after the other; the first so many are left out."""
    roots = prepare().roots.values()
    candidates = [path for root in roots for path in sorted(root.rglob("*.py")) if _names_creator(path)]
    drawn = random.Random(seed).sample(candidates, len(candidates))
    asked = (Asked(number, path, alone(path)) for number, path in enumerate(drawn[after:], after + 1))
    return islice((one for one in asked if one.analysis.judged), count)


def alone(path: Path) -> Analysis:
    """A module, asked for by itself."""
    return Session(ALL).analyse(path.read_bytes(), str(path))


def _names_creator(path: Path) -> bool:
    data = path.read_bytes()
    return len(data) < LARGEST and any(name in data for name in CREATOR_NAMES)


def examine(asked: Iterable[Asked], seed: int, seconds: float = math.inf) -> list[str]:
    """All that differs. What was looked at is told batch by batch."""
    wrong: list[str] = []
    chance, end = random.Random(seed), time.monotonic() + seconds
    left, done, owed = iter(asked), 0, 0
    while time.monotonic() < end and (batch := list(islice(left, BATCH))):
        for one in batch:
            owed += len(one.analysis.judged)
            wrong += [f"{one.path}:{why}" for why in disagreements(one.analysis)]
        known = {one.path: one.analysis for one in batch}
        wrong += from_everywhere(list(known), chance, known)
        done += len(batch)
        came_to = f"{done} modules, {owed} obligations, {len(wrong)} differences"
        print(f"{came_to}; to go on: --after {batch[-1].number}", flush=True)
    return wrong


def main(argv: Sequence[str] | None = None) -> int:
    """See the module's text."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.order", description=main.__doc__)
    parser.add_argument("what", choices=("programs", "corpus"))
    parser.add_argument("--programs", type=int, default=1000)
    parser.add_argument("--modules", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=math.inf, help="begin no further batch after that")
    parser.add_argument("--after", type=int, default=0, help="leave out so many of those that are drawn")
    given = parser.parse_args(argv)
    if given.what == "corpus":
        wrong = examine(modules(given.modules, given.seed, given.after), given.seed, given.seconds)
    else:
        with tempfile.TemporaryDirectory() as folder:
            files = programs(given.programs, given.seed, Path(folder).resolve())
            drawn = random.Random(given.seed).sample(files, len(files))[given.after :]
            asked = (Asked(number, path, alone(path)) for number, path in enumerate(drawn, given.after + 1))
            wrong = examine(asked, given.seed, given.seconds)
    print(*wrong, sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
