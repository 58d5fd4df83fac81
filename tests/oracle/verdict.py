"""The analyzer's verdict on a program, set beside the truth.

In: source text and its truth (`runner.explore`). Out: disagreements, each one obligation (a line, a file or
a descriptor) on which they differ. A file is leaked in the verdict's eyes when a TML1xx or TML2xx finding
starts on the line of its creation, a descriptor when a TML3xx one does. When the runs were capped, an alarm
without a run that shows it proves nothing and is not counted.
"""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.oracle.runner import Truth
from tmpleak_lint.analysis.verdict.needs import GIVES_AND_KEEPS, STRICT
from tmpleak_lint.creations import losses_of
from tmpleak_lint.engine import check_source
from tmpleak_lint.settings import Settings

ALL = Settings(min_confidence="low")
FILE, DESCRIPTOR = "file", "descriptor"
MISSED, FALSE_ALARM, CRASH = "missed alarm", "false alarm", "crash"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the analyzer says: line -> code, for files and for descriptors."""

    files: Mapping[int, str]
    descriptors: Mapping[int, str]
    unanalysable: str | None = None


@dataclass(frozen=True, slots=True, order=True)
class Disagreement:
    """One obligation on which verdict and truth differ; `reason` is a code or the plan of a leaking run."""

    direction: str
    what: str
    line: int
    reason: str

    @property
    def kind(self) -> tuple[str, str]:
        return self.direction, self.what

    def __str__(self) -> str:
        return f"{self.direction} ({self.what}) on line {self.line}: {self.reason}"


def verdict(source: str) -> Verdict:
    """Ask the analyzer."""
    files: dict[int, str] = {}
    descriptors: dict[int, str] = {}
    unanalysable = None
    found = check_source(source, settings=ALL).findings
    for finding in (loss for joined in found for loss in losses_of(joined)):  # the truth is of each call
        if {STRICT, GIVES_AND_KEEPS} & set(finding.reasons):
            continue  # no faults are injected into cleanup code
        line = finding.span.start.row
        if finding.code.startswith(("TML1", "TML2")):
            files[line] = finding.code
        elif finding.code.startswith("TML3"):
            descriptors[line] = finding.code
        elif finding.code == "TML900":
            unanalysable = finding.message
    return Verdict(files, descriptors, unanalysable)


def disagreements(truth: Truth, said: Verdict) -> list[Disagreement]:
    """Where they differ, sorted; empty when they agree."""
    if said.unanalysable is not None:
        return [Disagreement(MISSED, FILE, 0, f"TML900: {said.unanalysable}")]
    found = []
    for what, real, claimed in (
        (FILE, truth.files, said.files),
        (DESCRIPTOR, truth.descriptors, said.descriptors),
    ):
        found += [Disagreement(MISSED, what, line, real[line]) for line in real.keys() - claimed.keys()]
        if truth.complete:
            found += [
                Disagreement(FALSE_ALARM, what, line, claimed[line]) for line in claimed.keys() - real.keys()
            ]
    return sorted(found)


def compare(source: str, truth: Truth) -> list[Disagreement]:
    """Ask and compare; an analyzer that raises disagrees, and the reason says where it raised."""
    try:
        said = verdict(source)
    except Exception as error:
        frame = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{Path(frame.filename).name}:{frame.lineno}"
        return [Disagreement(CRASH, FILE, 0, f"{type(error).__name__}: {error} ({place})")]
    return disagreements(truth, said)
