"""Is the same found whichever way a run is made? On the pinned packages, through the command line.

    python -m benchmarks.equal [--changed 40] [--seed 1] [--package celery ...]

A copy of the packages is read cold by one process and by two, with a cache that is being filled and again with it, by
the workers of a Dask cluster (where `distributed` is installed), and after some files were changed with the old cache
and without one. Reports must be the same to the letter. Prints a line for each way, and what differs; exit status 1
when something does.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.accuracy import linter_command
from benchmarks.corpus import prepare

COMMON = ("check", "--isolated", "--no-respect-gitignore", "--min-confidence", "low", "--no-show-fixes")
# Another file to create, one line further down, and one creation less: all that a change can do.
CHANGES = (
    "\n\ndef changed_by_benchmark():\n    import tempfile\n\n    return len(tempfile.mkdtemp())\n",
    "\n# a remark\n",
)


def report(tree: Path, *words: str) -> str:
    """What a run prints. Raises SystemExit when it fails."""
    command = [*linter_command(), *COMMON, "--output-format", "json", *words, str(tree)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1):
        raise SystemExit(f"{' '.join(words)} ended with {done.returncode}:\n{done.stderr[:2000]}")
    return done.stdout


@contextmanager
def cluster() -> Iterator[str | None]:
    """The address of a Dask cluster of two worker processes on this machine; None without `distributed`."""
    if importlib.util.find_spec("distributed") is None:
        yield None
        return
    from distributed import LocalCluster

    with LocalCluster(  # type: ignore[no-untyped-call]
        n_workers=2, threads_per_worker=1, dashboard_address=None, processes=True
    ) as started:
        yield f"dask://{str(started.scheduler_address).removeprefix('tcp://')}"


def change(tree: Path, number: int, seed: int) -> None:
    """Change some files that make temp files, and some others."""
    files = sorted(path for path in tree.rglob("*.py") if not path.is_symlink())
    chance = random.Random(seed)
    making = [path for path in files if b"tempfile" in path.read_bytes()]
    for chosen in (chance.sample(making, number // 2), chance.sample(files, number - number // 2)):
        for path in chosen:
            with path.open("a", encoding="utf-8") as file:
                file.write(chance.choice(CHANGES))


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--changed", type=int, default=40, metavar="FILES")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--package", action="append", help="only this one (may be repeated); default: all")
    given = parser.parse_args(argv)
    wrong = 0

    def compare(name: str, expected: str, found: str) -> None:
        nonlocal wrong
        said = "the same" if expected == found else "DIFFERS"
        print(f"{name}: {said}, {len(json.loads(found))} findings", flush=True)
        if expected != found:
            wrong += 1
            lines = set(expected.splitlines()) ^ set(found.splitlines())
            print("\n".join(sorted(lines)[:20]))

    with tempfile.TemporaryDirectory(prefix="equal-") as scratch:
        tree, cache = Path(scratch, "tree"), str(Path(scratch, "cache"))
        roots = prepare().roots
        for name in given.package or roots:
            shutil.copytree(roots[name], tree / roots[name].name, symlinks=True)
        one = report(tree, "--no-cache", "--jobs", "1")
        compare("one process again", one, report(tree, "--no-cache", "--jobs", "1"))
        compare("two processes", one, report(tree, "--no-cache", "--jobs", "2"))
        compare("a cache being filled", one, report(tree, "--cache-dir", cache))
        compare("with the cache", one, report(tree, "--cache-dir", cache))
        with cluster() as address:
            if address is None:
                print("Dask: not installed (pip install 'tmpleak-lint[dask]')")
            else:
                compare("Dask", one, report(tree, "--no-cache", "--executor", address))
        change(tree, given.changed, given.seed)
        compare(
            f"{given.changed} files changed, with the cache",
            report(tree, "--no-cache", "--jobs", "2"),
            report(tree, "--cache-dir", cache),
        )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
