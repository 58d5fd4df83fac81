"""Which labelled sites were reported, and what that makes of precision and recall.

In: labels and findings, as values. Out: one `Outcome` a site and the rates of any group of them. Pure
functions; the rules are those of "Scoring" in `labels/README.md`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.sites import Label

LINES_BEFORE = 3
NOT_SCORED = frozenset({"unclear"})

Place = tuple[str, str, int]
"""Distribution, path inside it, line."""


@dataclass(frozen=True, slots=True)
class Found:
    """A finding of any tool in terms of the corpus: where it starts and ends, and where the file is made."""

    code: str
    place: Place
    end_line: int
    message: str = ""
    confidence: str = "high"
    created: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """A scored site, and the finding that reports it, if any."""

    label: Label
    found: Found | None

    @property
    def is_leak(self) -> bool:
        return self.label.verdict == "leak"

    @property
    def right(self) -> bool:
        return self.is_leak == (self.found is not None)


@dataclass(frozen=True, slots=True)
class Rates:
    """Counts of a group of sites; a rate of nothing is None, never a flattering 1."""

    sites: int
    leaks: int
    reported: int
    true: int

    @property
    def precision(self) -> float | None:
        return self.true / self.reported if self.reported else None

    @property
    def recall(self) -> float | None:
        return self.true / self.leaks if self.leaks else None


def place(label: Label) -> Place:
    return (label.distribution, label.path, label.line)


def score(labels: Iterable[Label], findings: Sequence[Found]) -> list[Outcome]:
    """Match findings to labelled sites. The findings are only those that claim a leak."""
    labels = list(labels)
    labelled = {place(label) for label in labels}
    by_file: dict[tuple[str, str], list[Found]] = {}
    by_created: dict[Place, Found] = {}
    for found in findings:
        by_file.setdefault(found.place[:2], []).append(found)
        for created in found.created:
            by_created.setdefault(created, found)
    outcomes = []
    for label in labels:
        if label.verdict in NOT_SCORED:
            continue
        here = by_file.get((label.distribution, label.path), ())
        match = next((found for found in here if reports(found, place(label), labelled)), None)
        if match is None and label.verdict == "leak":
            match = by_created.get(place(label))
        outcomes.append(Outcome(label, match))
    return outcomes


def reports(found: Found, site: Place, labelled: Collection[Place]) -> bool:
    """Whether the finding starts on the site's line, or on a longer call that reaches it from just above."""
    if found.place == site:
        return True
    distance = site[2] - found.place[2]
    return 0 < distance <= LINES_BEFORE and found.end_line >= site[2] and found.place not in labelled


def unlabelled(labels: Iterable[Label], findings: Iterable[Found]) -> list[Found]:
    """Findings that speak of no labelled site."""
    sites = {place(label) for label in labels}
    near: dict[tuple[str, str], list[Place]] = {}
    for site in sites:
        near.setdefault(site[:2], []).append(site)
    return [
        found
        for found in findings
        if not sites.intersection(found.created)
        and not any(reports(found, site, sites) for site in near.get(found.place[:2], ()))
    ]


def rates(outcomes: Iterable[Outcome]) -> Rates:
    outcomes = list(outcomes)
    return Rates(
        sites=len(outcomes),
        leaks=sum(outcome.is_leak for outcome in outcomes),
        reported=sum(outcome.found is not None for outcome in outcomes),
        true=sum(outcome.is_leak and outcome.found is not None for outcome in outcomes),
    )


def grouped(outcomes: Iterable[Outcome], key: Callable[[Outcome], str | None]) -> Mapping[str, Rates]:
    """Rates a group, in order of the key; outcomes whose key is None are left out."""
    groups: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        name = key(outcome)
        if name is not None:
            groups.setdefault(name, []).append(outcome)
    return {name: rates(groups[name]) for name in sorted(groups)}


def by_tier(outcome: Outcome) -> str | None:
    """A leak goes by its label's tier, a false alarm by that of its finding, so that precision fits."""
    if outcome.label.tier is not None:
        return f"tier {outcome.label.tier}"
    return None if outcome.found is None else f"tier {outcome.found.code[3:4]}"


def by_kind(outcome: Outcome) -> str | None:
    return f"kind {outcome.label.kind}" if outcome.is_leak else None


def by_reach(outcome: Outcome) -> str | None:
    return f"reach {outcome.label.reach}"


def by_split(outcome: Outcome) -> str | None:
    return f"split {outcome.label.split}"


def by_verdict(outcome: Outcome) -> str | None:
    """How often each verdict is reported; for all but `leak` that should be never."""
    return f"verdict {outcome.label.verdict}"


def by_confidence(outcome: Outcome) -> str | None:
    """Precision at each level; a site that isn't reported has none."""
    return None if outcome.found is None else f"confidence {outcome.found.confidence}"


GROUPINGS = (by_confidence, by_split, by_tier, by_kind, by_reach, by_verdict)


def percent(rate: float | None) -> str:
    return "–" if rate is None else f"{100 * rate:.1f} %"


def table(rows: Mapping[str, Rates]) -> list[str]:
    """A Markdown table of rates."""
    lines = [
        "| group | sites | leaks | reported | of them leaks | precision | recall |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    for name, rate in rows.items():
        counts = f"{rate.sites} | {rate.leaks} | {rate.reported} | {rate.true}"
        lines.append(f"| {name} | {counts} | {percent(rate.precision)} | {percent(rate.recall)} |")
    return lines
