"""The long run of the differential oracle: fresh programs, agreement, and every disagreement made small.

python -m benchmarks.oracle --programs 5000 --seed 1 --jobs 4

Prints the agreement, the disagreements by construct, and minimised programs with the plan that leaves the
file. Exit code 1 below `--at-least` percent. The agreement counts programs: one obligation judged wrongly,
or a program without a truth, makes the program disagree.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from pathlib import Path

from tests.oracle.campaign import Judgement, by_construct, judgements, minimised, processors
from tests.oracle.world import World


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="benchmarks.oracle", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--programs", type=int, default=5000, help="how many programs to draw (default 5000)")
    parser.add_argument("--seed", type=int, default=1, help="programs of one seed are always the same")
    parser.add_argument("--jobs", type=int, default=None, help="processes (default: up to 4)")
    parser.add_argument("--shown", type=int, default=10, help="disagreements to minimise and print")
    parser.add_argument("--at-least", type=float, default=99.5, help="agreement in percent that passes")
    parser.add_argument("--json", type=Path, help="also write the figures and all disagreements here")
    options = parser.parse_args(arguments)

    start = time.monotonic()
    judged: list[Judgement] = []
    for item in judgements(options.seed, options.programs, processors(options.jobs)):
        judged.append(item)
        if len(judged) % 500 == 0 and sys.stderr.isatty():
            print(f"{len(judged)} of {options.programs}", file=sys.stderr)
    seconds = time.monotonic() - start

    differing = [item for item in judged if not item.agrees]
    agreement = 100 * (1 - len(differing) / len(judged))
    kinds = Counter(found.kind for item in differing for found in item.disagreements)
    print(f"{len(judged)} programs of seed {options.seed}: {agreement:.2f} % agree, {len(differing)} differ")
    created, leaking, runs = (
        sum(getattr(item, name) for item in judged) for name in ("created", "leaking", "runs")
    )
    capped = sum(not item.complete for item in judged)
    print(f"{created} creating lines, {leaking} leak; {runs} runs, {capped} programs capped; {seconds:.0f} s")
    for (direction, what), count in kinds.most_common():
        print(f"  {direction} ({what}): {count}")
    gaps = [item for item in differing if item.gap is not None]
    if gaps:
        print(f"  no truth: {len(gaps)}, first: program {gaps[0].number}: {gaps[0].gap}")
    constructs = by_construct(judged)
    worst = sorted(constructs.items(), key=lambda row: (-row[1][1] / row[1][0], row[0]))
    for name, (total, wrong) in worst[:20]:
        if wrong:
            print(f"  {wrong:4} of {total:5} with: {name}")
    with World() as world:
        for item in [item for item in differing if item.disagreements][: options.shown]:
            show(world, item)
    if options.json is not None:
        write(options.json, options.seed, judged, agreement, constructs)
    return 0 if agreement >= options.at_least else 1


def show(world: World, item: Judgement) -> None:
    """Print one disagreement on the smallest program found."""
    small, _, left = minimised(world, item.source, item.disagreements[0])
    print(f"\n--- program {item.number}: {item.disagreements[0]}")
    for number, line in enumerate(small.splitlines(), 1):
        if not line.startswith(("import ", "from ")):
            print(f"{number:4}  {line}")
    for found in left:
        print(f"      => {found}")


def write(
    path: Path, seed: int, judged: list[Judgement], agreement: float, constructs: dict[str, tuple[int, int]]
) -> None:
    """The figures, and every differing program in full."""
    figures = {
        "seed": seed,
        "programs": len(judged),
        "agreement": round(agreement, 3),
        "creating lines": sum(item.created for item in judged),
        "leaking lines": sum(item.leaking for item in judged),
        "constructs": {
            name: {"programs": total, "differ": wrong} for name, (total, wrong) in constructs.items()
        },
        "differing": [
            {
                "number": item.number,
                "gap": item.gap,
                "found": [str(found) for found in item.disagreements],
                "source": item.source,
            }
            for item in judged
            if not item.agrees
        ],
    }
    path.write_text(json.dumps(figures, indent=2, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    raise SystemExit(main())
