"""What the tests come to, room by room: statements, and ways out of branches.

    python -m benchmarks.covered coverage.json [--missing ROOM]

In: what `coverage json` writes after a run that measured branches (`nox -s coverage` does both). Out: a table of the
rooms; with `--missing` each branch of a room of which a way was never gone, as `FILE:LINE -> LINE` (0: out of the
function).
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path, PurePath
from typing import Any

PACKAGE = "tmpleak_lint"
SUMS = ("num_statements", "covered_lines", "num_branches", "covered_branches")


def room_of(file: str) -> str:
    """The room that a file belongs to: its folder in the package; the rooms of the analysis are listed one by one."""
    parts = PurePath(file).parts
    within = parts[parts.index(PACKAGE) + 1 :]
    deep = 2 if within[0] == "analysis" and len(within) > 2 else 1
    return "/".join(within[:deep]) if len(within) > 1 else "modules of their own"


def by_room(files: dict[str, Any]) -> dict[str, Counter[str]]:
    """What was counted in the files of each room."""
    rooms: dict[str, Counter[str]] = {}
    for file, found in files.items():
        rooms.setdefault(room_of(file), Counter()).update({name: found["summary"][name] for name in SUMS})
    return dict(sorted(rooms.items()))


def table(rooms: dict[str, Counter[str]]) -> str:
    """The table, as a page shows it."""
    whole: Counter[str] = Counter()
    for counted in rooms.values():
        whole.update(counted)
    rows = ["| room | statements | run | ways out of branches | gone |", "|---|---|---|---|---|"]
    for room, counted in [*rooms.items(), ("all", whole)]:
        statements, run, ways, gone = (counted[name] for name in SUMS)
        rows.append(
            f"| {room} | {statements:,} | {_share(run, statements)} | {ways:,} | {_share(gone, ways)} |"
        )
    return "\n".join(rows)


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else ""


def missing(files: dict[str, Any], room: str) -> list[str]:
    """The ways out of branches that were never gone in a room."""
    return [
        f"{file}:{start} -> {max(end, 0)}"
        for file, found in sorted(files.items())
        if room_of(file) == room
        for start, end in found["missing_branches"]
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("counted", type=Path)
    parser.add_argument("--missing", metavar="ROOM")
    given = parser.parse_args()
    files = json.loads(given.counted.read_text(encoding="utf-8"))["files"]
    print("\n".join(missing(files, given.missing)) if given.missing else table(by_room(files)))


if __name__ == "__main__":
    main()
