"""How right is the tool on code that nobody has looked at? A new draw of packages, read before the verdict is seen.

    python -m benchmarks.fresh draw NAMES --seed N      packages, picked by the seed and by nothing else
    python -m benchmarks.fresh sites --seed N           findings and silent sites, shuffled, without the verdict
    python -m benchmarks.fresh score LABELS --seed N    what the readers' labels say of the findings

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
            file = Path(item["filename"])
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


def score(labels: Sequence[dict[str, str]], key: dict[str, Any]) -> Iterator[str]:
    """The figures, a Markdown line each."""
    by_place = {(row["distribution"], row["path"], int(row["line"])): row for row in labels}
    said = {tuple(item["place"]): item for item in key["said"]}
    read = [(item, by_place[place]) for place, item in said.items() if place in by_place]
    read = [(item, row) for item, row in read if row["verdict"] != "unclear"]
    silent = [row for place, row in by_place.items() if place not in said and row["verdict"] != "unclear"]
    true = [(item, row) for item, row in read if row["verdict"] == "leak"]
    worth = [row for _, row in true if row["worth"] == "yes"]
    yield f"| findings | {key['findings']} | read {len(read)} |"
    yield f"| of them leaks | {share(len(true), len(read))} |"
    yield f"| worth a maintainer's time | {share(len(worth), len(read))} |"
    for level in sorted({item["confidence"] for item, _ in read}):
        some = [row for item, row in read if item["confidence"] == level]
        hits = sum(row["verdict"] == "leak" for row in some)
        yield f"| confidence {level} | {share(hits, len(some))} |"
    for tier, name in (("", "all"), ("1", "tier 1")):
        missed = sum(row["verdict"] == "leak" and row["tier"].startswith(tier) for row in silent)
        found = sum(row["tier"].startswith(tier) for _, row in true)
        estimated_found = key["findings"] * found / max(len(read), 1)
        estimated_missed = key["silent"] * missed / max(len(silent), 1)
        recall = estimated_found / max(estimated_found + estimated_missed, 1e-9)
        yield f"| recall, {name}, estimated | {100 * recall:.0f} % ({missed} leaks in {len(silent)} silent) |"
    for (name, path, line), item in sorted(said.items()):
        row = by_place.get((name, path, line))
        if row is not None and row["verdict"] not in ("leak", "unclear"):
            codes = ", ".join(item["codes"])
            yield f"- false: {name}/{path}:{line} {codes} ({item['confidence']}): {row['verdict']}, {row['note']}"
    for row in silent:
        if row["verdict"] == "leak":
            yield f"- missed: {row['distribution']}/{row['path']}:{row['line']} {row['kind']}: {row['note']}"


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
    parser.add_argument("step", choices=("draw", "sites", "score"))
    parser.add_argument("file", nargs="?", type=Path, help="draw: distribution names; score: the labels")
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--packages", type=int, default=80)
    parser.add_argument("--findings", type=int, default=120)
    parser.add_argument("--silent", type=int, default=120)
    parser.add_argument("--megabytes", type=float, default=8, help="largest wheel")
    given = parser.parse_args(argv)
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
        with given.file.open(encoding="utf-8", newline="") as file:
            labels = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
        key = json.loads((LABELS / f"fresh_{given.seed}_key.json").read_text())
        print("\n".join(score(labels, key)))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
