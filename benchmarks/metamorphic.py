"""How many programs change their verdict when something about them is changed that means nothing.

    python -m benchmarks.metamorphic --programs 1000 --seed 0

In: numbers of programs. Out: for each change how many programs were judged anew and how many differ, and what differs
in the first of them; exit status 1 if any does. The order of definitions and files is `tests/session/test_order.py`.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tests.analysis.metamorphic import CHANGES, differing, drawn, moved_differs, protected, said

SHOWN = 3


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--programs", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0, help="number of the first program")
    given = parser.parse_args()
    numbers = range(given.seed, given.seed + given.programs)
    bad: dict[str, list[str]] = {name: [] for name in (*CHANGES, "helper moved", "finally around")}
    with tempfile.TemporaryDirectory() as top:
        for number in numbers:
            text = drawn(number)
            for change in CHANGES:
                bad[change] += filter(None, [differing(number, text, change)])
            bad["helper moved"] += filter(None, [moved_differs(number, Path(top))])
            guarded = protected(number)
            bad["finally around"] += [f"{number}: {said(guarded)}\n{guarded}"] if said(guarded) else []
    for name, problems in bad.items():
        print(f"{name}: {given.programs} programs, {len(problems)} differ")
    for problems in bad.values():
        print("\n".join(problems[:SHOWN]), end="\n" if problems else "")
    return int(any(bad.values()))


if __name__ == "__main__":
    sys.exit(main())
