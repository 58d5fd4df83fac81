"""How right is the tool on code that nobody has looked at? A new draw of packages, read before the verdict is seen.

    python -m benchmarks.fresh draw NAMES --seed N      packages, picked by the seed and by nothing else
    python -m benchmarks.fresh sites --seed N           findings and silent sites, shuffled, without the verdict
    python -m benchmarks.fresh score --seed N           what the readers' labels say of the findings
    python -m benchmarks.fresh table                    all draws so far, a row each

`draw` takes a file of distribution names and downloads wheels that run anywhere in the seed's order, until enough of
them make temp files; names of every list that was read so far (`labels/*_packages.txt`, earlier draws) are passed by.
`sites` is the tool's first run on them: what it said goes into a key that a reader doesn't open. `score` joins the
labels (the columns of `labels/README.md`, and `worth`: is the leak worth a maintainer's time?) with the key.

Recall is estimated: the share of leaks among the findings that were read and among the silent sites that were read,
each times the number of those. Nothing that is downloaded is run.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import random
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.accuracy import CLAIMS_A_LEAK, run_linter
from benchmarks.corpus import CACHE, normalise, pins, unpack
from benchmarks.draw_sites import fetch, order, worth_labelling
from benchmarks.sites import LABELS, SPLITS, creation_calls

FOLDER = CACHE / "fresh"
AT_ONCE = 3  # downloads
COLUMNS = ("distribution", "version", "path", "line", "creator")


@dataclass(frozen=True, slots=True)
class Place:
    """A creating call of a drawn package: its first line and how it reads."""

    distribution: str
    version: str
    path: str
    line: int
    creator: str


def known_names() -> set[str]:
    """Distributions that somebody has looked at: the labelled splits, the list they came from, earlier draws."""
    names = {pin.split("==")[0] for split in SPLITS for pin in pins(split)}
    names |= {line for line in (LABELS / "popular.txt").read_text(encoding="utf-8").split() if line}
    for earlier in LABELS.glob("fresh_*_packages.txt"):
        names |= {line.split("==")[0] for line in earlier.read_text(encoding="utf-8").split()}
    return {normalise(name) for name in names}


def sites_of(root: Path) -> list[Place]:
    """The creating calls of an unpacked wheel that are worth a label; files that do not parse are passed by."""
    distribution, _, version = root.name.rpartition("-")
    found = []
    for file in sorted(root.rglob("*.py")):
        try:
            calls = creation_calls(file.read_bytes())
        except (SyntaxError, ValueError, RecursionError):
            continue
        path = file.relative_to(root).as_posix()
        found += [
            Place(distribution, version, path, call.line, call.creator)
            for call in calls
            if worth_labelling(call)
        ]
    return found


def draw(names: Sequence[str], seed: int, packages: int, most_megabytes: float) -> list[Path]:
    """Unpacked wheels, in the order of the seed, until `packages` of them have a site."""
    drawn: list[Path] = []
    tried = order(names, known_names(), seed)

    def unpacked(name: str) -> Path | None:
        wheel = fetch(name, CACHE / "drawn")
        if wheel is None or wheel.stat().st_size > most_megabytes * 1e6:
            return None
        version = wheel.name.split("-")[1]
        return unpack(wheel, FOLDER / f"{normalise(name)}-{version}")

    with ThreadPoolExecutor(AT_ONCE) as pool:
        for first in range(0, len(tried), AT_ONCE * 4):
            for root in pool.map(unpacked, tried[first : first + AT_ONCE * 4]):
                if root is not None and sites_of(root) and len(drawn) < packages:
                    drawn.append(root)
                    print(f"{len(drawn):4} {root.name}", file=sys.stderr)
            if len(drawn) >= packages:
                break
    return drawn


def roots_of(seed: int) -> list[Path]:
    """The packages of a draw."""
    lines = (LABELS / f"fresh_{seed}_packages.txt").read_text(encoding="utf-8").split()
    return [FOLDER / line.replace("==", "-") for line in lines]


def findings_on(roots: Sequence[Path]) -> list[dict[str, Any]]:
    """The findings that claim a leak, with the distribution and the path inside it."""
    found = []
    for item in run_linter(roots, None):
        if item["code"].startswith(CLAIMS_A_LEAK):
            file = Path(item["filename"]).resolve()
            root = next(root for root in roots if file.is_relative_to(root.resolve()))
            distribution, _, version = root.name.rpartition("-")
            item |= {"distribution": distribution, "version": version}
            item["path"] = file.relative_to(root.resolve()).as_posix()
            found.append(item)
    return found


def choose(
    roots: Sequence[Path], seed: int, findings: int, silent: int
) -> tuple[list[Place], dict[str, Any]]:
    """The places to be read, shuffled, and the key: what was said of each, and out of how many they were drawn."""
    said = findings_on(roots)
    chosen = random.Random(seed)
    by_place: dict[Place, list[dict[str, Any]]] = {}
    touched: set[tuple[str, str, int]] = set()
    for item in said:
        creator = item["message"]
        place = Place(item["distribution"], item["version"], item["path"], item["location"]["row"], creator)
        by_place.setdefault(place, []).append(item)
        rows = range(item["location"]["row"], item["end_location"]["row"] + 1)
        touched |= {(item["distribution"], item["path"], row) for row in rows}
        touched |= {
            (item["distribution"], item["path"], step["location"]["row"])
            for step in item["steps"]
            if step["event"] in ("created", "lost-too") and step["filename"] == item["filename"]
        }
    quiet = [
        place
        for root in roots
        for place in sites_of(root)
        if (place.distribution, place.path, place.line) not in touched
    ]
    loud = sorted(by_place, key=lambda place: (place.distribution, place.path, place.line))
    read = chosen.sample(loud, min(findings, len(loud)))
    unread = chosen.sample(quiet, min(silent, len(quiet)))
    key = {
        "findings": len(loud),
        "silent": len(quiet),
        "said": [
            {
                "place": [place.distribution, place.path, place.line],
                "codes": [item["code"] for item in by_place[place]],
                "confidence": _highest(by_place[place]),
                "tier": min((item["tier"] or 3) for item in by_place[place]),
            }
            for place in read
        ],
    }
    places = [*(Place(p.distribution, p.version, p.path, p.line, "-") for p in read), *unread]
    chosen.shuffle(places)
    return [Place(p.distribution, p.version, p.path, p.line, "-") for p in places], key


def _highest(items: Sequence[dict[str, Any]]) -> str:
    levels = {item.get("confidence", "-") for item in items}
    return next((level for level in ("high", "medium", "low") if level in levels), "-")


@dataclass(frozen=True, slots=True)
class Joined:
    """The readers' labels beside what the first run said: the findings that were read, each with its label, the labels
    of the silent calls, and how many there are of both."""

    read: list[tuple[dict[str, Any], dict[str, str]]]
    silent: list[dict[str, str]]
    findings: int
    calls: int

    def at(self, *levels: str) -> list[dict[str, str]]:
        """The labels of the findings of these confidences, of all without any."""
        return [row for item, row in self.read if not levels or item["confidence"] in levels]

    def missed(self, tier: str = "") -> int:
        """Leaks among the silent calls that were read."""
        return sum(row["verdict"] == "leak" and row["tier"].startswith(tier) for row in self.silent)

    def recall(self, tier: str = "") -> float:
        """The share of leaks that is found, estimated by what was read of findings and of silent calls."""
        hits = sum(row["verdict"] == "leak" and row["tier"].startswith(tier) for _, row in self.read)
        found = self.findings * hits / max(len(self.read), 1)
        missed = self.calls * self.missed(tier) / max(len(self.silent), 1)
        return found / max(found + missed, 1e-9)


def joined(labels: Sequence[dict[str, str]], key: dict[str, Any]) -> Joined:
    """Join labels and key; what readers found unclear is left out."""
    sure = {
        (row["distribution"], row["path"], int(row["line"])): row
        for row in labels
        if row["verdict"] != "unclear"
    }
    said = {tuple(item["place"]): item for item in key["said"]}
    read = [(item, sure[place]) for place, item in said.items() if place in sure]
    silent = [row for place, row in sure.items() if place not in said]
    return Joined(read, silent, key["findings"], key["silent"])


def leaks(rows: Sequence[dict[str, str]]) -> int:
    return sum(row["verdict"] == "leak" for row in rows)


def worth(rows: Sequence[dict[str, str]]) -> int:
    """How many are leaks that a maintainer would want to hear of."""
    return sum(row["verdict"] == "leak" and row["worth"] == "yes" for row in rows)


def score(labels: Sequence[dict[str, str]], key: dict[str, Any]) -> Iterator[str]:
    """The figures, a Markdown line each."""
    both = joined(labels, key)
    every = both.at()
    yield f"| findings | {both.findings} | read {len(every)} |"
    yield f"| of them leaks | {share(leaks(every), len(every))} |"
    yield f"| worth a maintainer's time | {share(worth(every), len(every))} |"
    for level in sorted({item["confidence"] for item, _ in both.read}):
        some = both.at(level)
        yield f"| confidence {level} | {share(leaks(some), len(some))} |"
    for tier, name in (("", "all"), ("1", "tier 1")):
        said = f"{both.missed(tier)} leaks in {len(both.silent)} silent"
        yield f"| recall, {name}, estimated | {100 * both.recall(tier):.0f} % ({said}) |"
    for item, row in sorted(both.read, key=lambda pair: pair[0]["place"]):
        if row["verdict"] != "leak":
            codes = ", ".join(item["codes"])
            at = f"{row['distribution']}/{row['path']}:{row['line']}"
            yield f"- false: {at} {codes} ({item['confidence']}): {row['verdict']}, {row['note']}"
    for row in both.silent:
        if row["verdict"] == "leak":
            yield f"- missed: {row['distribution']}/{row['path']}:{row['line']} {row['kind']}: {row['note']}"


# In the order in which they were read: the sixth and the seventh were drawn on one day.
ORDER = (
    20261128, 20261129, 20261130, 20261201, 20261202, 20261204, 20261203, 20261205, 20261206, 20261207, 20261208,
    20261209,
    20261210, 20261211, 20261212, 20261213, 20261214,
)  # fmt: skip
LATELY = 6  # draws that count together as the figure of today
SHOWN = ("high", "medium")
_HEADS = ("draw", "packages", "shown: leaks", "worth it", "high: leaks", "medium: leaks", "low: leaks", "worth it",
          "recall", "tier 1")  # fmt: skip


def labels_of(seed: int) -> list[dict[str, str]]:
    """What readers said of a draw."""
    with (LABELS / f"fresh_{seed}.tsv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def key_of(seed: int) -> dict[str, Any]:
    """What the first run on a draw said."""
    found: dict[str, Any] = json.loads((LABELS / f"fresh_{seed}_key.json").read_text(encoding="utf-8"))
    return found


def table() -> str:
    """All draws so far, each of them the first run on it, a row each; the last ones together, with the interval."""
    draws = [joined(labels_of(seed), key_of(seed)) for seed in ORDER]
    sizes = [len((LABELS / f"fresh_{seed}_packages.txt").read_text().split()) for seed in ORDER]
    rows = ["| " + " | ".join(_HEADS) + " |", "|---" * len(_HEADS) + "|"]
    for number, (seed, size, both) in enumerate(zip(ORDER, sizes, draws, strict=True), start=1):
        cells = [f"{number}, seed {seed}", str(size), *_parts(both)]
        cells += [f"{100 * both.recall(tier):.0f} %" for tier in ("", "1")]
        rows.append("| " + " | ".join(cells) + " |")
    late = draws[-LATELY:]
    together = Joined([pair for each in late for pair in each.read], [], 0, 0)
    cells = [f"**the last {LATELY} together**", str(sum(sizes[-LATELY:])), *_parts(together), "", ""]
    rows.append("| " + " | ".join(cells) + " |")
    shown = together.at(*SHOWN)
    rows += ["", f"The last {LATELY}, shown by default: leaks {share(leaks(shown), len(shown))}, worth it"]
    rows[-1] += f" {share(worth(shown), len(shown))} (95 % intervals)."
    return "\n".join(rows) + "\n"


def _parts(both: Joined) -> Iterator[str]:
    """Leaks and what is worth it, of what is shown; leaks by confidence; what is worth it of the low ones."""
    for levels, counts in (
        (SHOWN, (leaks, worth)),
        (("high",), (leaks,)),
        (("medium",), (leaks,)),
        (("low",), (leaks, worth)),
    ):
        rows = both.at(*levels)
        yield from (
            f"{count(rows)}/{len(rows)}, {100 * count(rows) / max(len(rows), 1):.0f} %" for count in counts
        )


def share(part: int, whole: int) -> str:
    """A share with its 95 % interval (Wilson)."""
    if not whole:
        return "none"
    z, p = 1.96, part / whole
    middle = (p + z * z / (2 * whole)) / (1 + z * z / whole)
    half = z * math.sqrt(p * (1 - p) / whole + z * z / (4 * whole * whole)) / (1 + z * z / whole)
    return f"{part} of {whole}, {100 * p:.0f} % ({100 * (middle - half):.0f} to {100 * (middle + half):.0f})"


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("step", choices=("draw", "sites", "score", "table"))
    parser.add_argument("file", nargs="?", type=Path, help="draw: distribution names")
    parser.add_argument("--seed", type=int, help="of the draw; for all but the table")
    parser.add_argument("--packages", type=int, default=80)
    parser.add_argument("--findings", type=int, default=120)
    parser.add_argument("--silent", type=int, default=120)
    parser.add_argument("--megabytes", type=float, default=8, help="largest wheel")
    given = parser.parse_args(argv)
    if given.step == "table":
        print(table(), end="")
        return 0
    if given.seed is None:
        parser.error(f"{given.step} needs a --seed")
    packages = LABELS / f"fresh_{given.seed}_packages.txt"
    if given.step == "draw":
        names = given.file.read_text(encoding="utf-8").split()
        drawn = draw(names, given.seed, given.packages, given.megabytes)
        packages.write_text("".join(f"{root.name[::-1].replace('-', '==', 1)[::-1]}\n" for root in drawn))
        print(f"{len(drawn)} packages", file=sys.stderr)
    elif given.step == "sites":
        places, key = choose(roots_of(given.seed), given.seed, given.findings, given.silent)
        with (LABELS / f"fresh_{given.seed}_sites.tsv").open("w", encoding="utf-8") as file:
            file.write("\t".join(COLUMNS) + "\n")
            file.writelines(
                f"{p.distribution}\t{p.version}\t{p.path}\t{p.line}\t{p.creator}\n" for p in places
            )
        (LABELS / f"fresh_{given.seed}_key.json").write_text(json.dumps(key, indent=1) + "\n")
        print(
            f"{len(places)} places; {key['findings']} findings, {key['silent']} silent sites", file=sys.stderr
        )
    else:
        print("\n".join(score(labels_of(given.seed), key_of(given.seed))))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
