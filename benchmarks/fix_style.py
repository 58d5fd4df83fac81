"""Is fixed code as clean as it was? What `ruff` says of every file that the fixes change, before and after.

    python -m benchmarks.fix_style [--unsafe-fixes] FOLDER...

In: folders of Python code (by default the unpacked packages of the corpus). Out: the rules (E, F, B, I, SIM) that a
changed file breaks more often than before, and the files that were formatted and aren't any more; exit status 1 when
there are any. Each file keeps its line length: the least of the usual ones that no line of it exceeds. Nothing is
written to the folders, and nothing in them is run.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.accuracy import run_linter
from benchmarks.corpus import CACHE
from tmpleak_lint.fixes import fix_bytes
from tmpleak_lint.fixing.source import Unfit
from tmpleak_lint.settings import Settings

RULES = "E,F,B,I,SIM"
WIDTHS = (79, 88, 100, 120, 320)


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folders", nargs="*", type=Path, default=[CACHE / "unpacked"], metavar="FOLDER")
    parser.add_argument("--unsafe-fixes", action="store_true")
    options = parser.parse_args(argv)
    files = sorted({Path(raw["filename"]) for raw in run_linter(options.folders, None)})
    changed = formatted = 0
    worse: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        for path, before, after in fixed(files, unsafe=options.unsafe_fixes):
            changed += 1
            width = width_of(before)
            more = complaints(Path(folder), after, width) - complaints(Path(folder), before, width)
            if is_formatted(Path(folder), before, width):
                formatted += 1
                if not is_formatted(Path(folder), after, width):
                    more["format"] += 1
            worse += more
            if more:
                print(f"{path}: {', '.join(f'{rule} {count}' for rule, count in sorted(more.items()))}")
    print(f"{changed} files changed, {formatted} of them formatted before; worse: {dict(worse) or 'none'}")
    return int(bool(worse))


def fixed(files: Sequence[Path], *, unsafe: bool) -> Iterator[tuple[Path, bytes, bytes]]:
    """The files that have fixes, as they are and as they would be."""
    for path in files:
        data = path.read_bytes()
        try:
            made = fix_bytes(data, str(path), Settings(base=str(path.parent)), unsafe=unsafe)
        except Unfit:
            continue
        if made.data != data:
            yield path, data, made.data


def width_of(data: bytes) -> int:
    longest = max(len(line) for line in data.decode("utf-8", "replace").splitlines())
    return next((width for width in WIDTHS if longest <= width), WIDTHS[-1])


def complaints(folder: Path, data: bytes, width: int) -> Counter[str]:
    """How often each rule is broken."""
    place = folder / "example.py"
    place.write_bytes(data)
    command = ["check", "--isolated", "--no-cache", "--select", RULES, "--line-length", str(width)]
    done = ruff(*command, "--output-format", "json", str(place))
    return Counter(each["code"] or "syntax" for each in json.loads(done.stdout))


def is_formatted(folder: Path, data: bytes, width: int) -> bool:
    place = folder / "example.py"
    place.write_bytes(data)
    return (
        ruff(
            "format", "--isolated", "--no-cache", "--check", "--line-length", str(width), str(place)
        ).returncode
        == 0
    )


def ruff(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "ruff", *arguments], capture_output=True, text=True)


if __name__ == "__main__":
    sys.exit(main())
