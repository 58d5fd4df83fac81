"""Findings to be read by hand, from packages that have no label at all.

In: the seeded order of `labels/popular.txt` (see `draw_sites.py`), from where the draw of the second set
stopped. Out: a random sample of the findings there, each with its witness; reading the code says which are true.
The labelled packages have hardly any finding without a label, so a sample of those would say little.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.accuracy import CLAIMS_A_LEAK, run_linter
from benchmarks.corpus import CACHE, normalise, pins, unpack
from benchmarks.draw_sites import SEED, fetch, order
from benchmarks.sites import LABELS


def further_names(known: Sequence[str], drawn: Sequence[str], seed: int) -> list[str]:
    """The names after the last one of the second set."""
    lines = (LABELS / "popular.txt").read_text(encoding="utf-8").splitlines()
    names = order([line for line in lines if line and not line.startswith("#")], known, seed)
    labelled = {normalise(name) for name in drawn}
    last = max(index for index, name in enumerate(names) if normalise(name) in labelled)
    return names[last + 1 :]


def describe(finding: dict[str, Any], folder: Path) -> list[str]:
    """A finding and its witness, a line a step."""
    where = Path(finding["filename"]).relative_to(folder.resolve())
    lines = [f"## {where}:{finding['location']['row']} {finding['code']} {finding['message']}"]
    lines += [
        f"   {step['location']['row']:5} {step['event']:12} {step['message']}" for step in finding["steps"]
    ]
    return lines


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--packages", type=int, default=20, help="how many further names to try")
    parser.add_argument("--count", type=int, default=40, help="how many findings to print")
    parser.add_argument("--seed", type=int, default=SEED)
    arguments = parser.parse_args(argv)
    known = [pin.split("==")[0] for pin in pins("visible")]
    drawn = [pin.split("==")[0] for pin in pins("second")]
    folder = CACHE / "unlabelled"
    roots = []
    for name in further_names(known, drawn, SEED)[: arguments.packages]:
        wheel = fetch(name, CACHE / "drawn")
        if wheel is not None:
            roots.append(unpack(wheel, folder / f"{normalise(name)}-{wheel.name.split('-')[1]}"))
    findings = [item for item in run_linter(roots, None) if item["code"].startswith(CLAIMS_A_LEAK)]
    findings.sort(key=lambda item: (item["filename"], item["location"]["row"], item["code"]))
    chosen = random.Random(arguments.seed).sample(findings, min(arguments.count, len(findings)))
    print(f"{len(chosen)} of {len(findings)} findings in {len(roots)} packages:")
    print(", ".join(root.name for root in roots))
    for finding in sorted(chosen, key=lambda item: (item["filename"], item["location"]["row"])):
        print("\n".join(describe(finding, folder)))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
