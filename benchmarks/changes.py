"""What is said otherwise of the labelled packages than before the analysis was built anew, and why.

python -m benchmarks.changes
python -m benchmarks.changes --update

In: what version 8752ca4 found there (`labels/before.tsv`), each difference with its reason (`labels/changes.tsv`), the
pinned packages. Out: differences that the list doesn't have, and lines of it that are no difference any more; the
command fails for either. `--update` writes the list anew: known differences keep their reasons, and where a finding is
just less sure now, the finding's own reason stands. Findings that are joined, for what they lose is created by one
call, are compared each by itself.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.accuracy import LOW, each_loss, run_linter
from benchmarks.corpus import CACHE, prepare
from benchmarks.sites import LABELS

BEFORE, CHANGES = LABELS / "before.tsv", LABELS / "changes.tsv"
NOTHING = "-"
OTHERWISE = "told otherwise: another operation is named, the likeliest to raise, or what it does is said in other words"
UNEXPLAINED = "?"
_ABOUT = {"TML3": "descriptor", "TML5": "race", "TML9": "file"}


class Place(NamedTuple):
    """A creating call, and what of it a finding is about."""

    path: str
    row: int
    column: int
    about: str


class Said(NamedTuple):
    """What is said of a place. Of one that is shown only on demand the code is `LOW`, and the reason is told."""

    code: str
    message: str
    reason: str = ""


class Change(NamedTuple):
    """Before and now."""

    before: str
    now: str
    why: str


def place(path: str, row: int, column: int, code: str) -> Place:
    return Place(path, row, column, _ABOUT.get(code[:4], "name"))


def before() -> dict[Place, Said]:
    """What version 8752ca4 found."""
    return {
        place(row["path"], int(row["row"]), int(row["column"]), row["code"]): Said(
            row["code"], row["message"]
        )
        for row in _rows(BEFORE)
    }


def listed() -> dict[Place, Change]:
    """The differences that are explained."""
    return {
        Place(row["path"], int(row["row"]), int(row["column"]), row["about"]): Change(
            row["before"], row["now"], row["why"]
        )
        for row in _rows(CHANGES)
    }


def now(raw: Iterable[Mapping[str, Any]], root: Path) -> dict[Place, Said]:
    """What is found now, of the findings that `check` gives as JSON."""
    found = {}
    for each in (loss for item in raw for loss in each_loss(item)):
        path = Path(each["filename"]).resolve().relative_to(root).as_posix()
        at = place(path, each["location"]["row"], each["location"]["column"], each["code"])
        low = each["confidence"] == LOW
        found[at] = Said(LOW if low else each["code"], each["message"], each["reasons"][0] if low else "")
    return found


def differences(old: Mapping[Place, Said], new: Mapping[Place, Said]) -> dict[Place, Change]:
    """Where something else is shown by default."""
    changes = {}
    for at in sorted(old.keys() | new.keys()):
        was, is_now = old.get(at), new.get(at)
        if was is None and (is_now is None or is_now.code == LOW):
            continue
        if was is not None and is_now is not None and was[:2] == is_now[:2]:
            continue
        code = is_now.code if is_now is not None else NOTHING
        reason = is_now.reason if is_now is not None else ""
        same = was is not None and was.code == code
        why = reason or (OTHERWISE if same else UNEXPLAINED)
        changes[at] = Change(was.code if was is not None else NOTHING, code, why)
    return changes


def summary(known: Mapping[Place, Change]) -> str:
    """How many changes there are of each kind, as a table."""
    kinds = {
        "less sure now, so shown on demand": [x for x in known.values() if x.now == LOW],
        "the same code, told otherwise": [x for x in known.values() if x.before == x.now],
        "another code": [x for x in known.values() if NOTHING not in x[:2] and x.now not in (LOW, x.before)],
        "no longer found": [x for x in known.values() if x.now == NOTHING],
        "newly found": [x for x in known.values() if x.before == NOTHING],
    }
    return "".join(f"| {kind} | {len(each)} |\n" for kind, each in kinds.items())


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def _told(at: Place, change: Change) -> str:
    return "\t".join((at.path, str(at.row), str(at.column), at.about, *change))


def main(argv: Sequence[str] | None = None) -> int:
    """See the module's text."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.changes", description=main.__doc__)
    parser.add_argument("--update", action="store_true", help="write the list anew")
    given = parser.parse_args(argv)
    roots = prepare().roots.values()
    found = differences(before(), now(run_linter(roots, None), (CACHE / "unpacked").resolve()))
    known = listed() if CHANGES.exists() else {}
    if given.update:
        for at, change in found.items():
            if at in known and known[at][:2] == change[:2] and change.now != LOW:
                found[at] = known[at]
        lines = ["\t".join((*Place._fields, *Change._fields)), *(_told(*pair) for pair in found.items())]
        CHANGES.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        return 0
    wrong = [
        f"not listed: {_told(at, x)}"
        for at, x in found.items()
        if known.get(at, x)[:2] != x[:2] or at not in known
    ]
    wrong += [f"no difference any more: {_told(at, x)}" for at, x in known.items() if at not in found]
    print(*wrong, f"{len(found)} differences, {len(wrong)} of them not as listed", sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
