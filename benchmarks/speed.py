"""Cold wall time over the whole corpus, beside ruff's SIM115 on the same files and machine.

In: the pinned packages. Out: the wall times of both, taken in turn, their medians and the ratio. Neither
may use a cache of its own; the operating system's file cache is warm for both after the first turn, which
is not counted.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.accuracy import READ_ALL, linter_command
from benchmarks.corpus import prepare
from benchmarks.sites import SPLITS

RUFF = (
    "check",
    "--select",
    "SIM115",
    "--no-cache",
    "--isolated",
    "--no-respect-gitignore",
    "--exit-zero",
    "--quiet",
)
OURS = ("check", *READ_ALL, "--isolated", "--exit-zero", "--quiet")


def find_ruff() -> str:
    found = shutil.which("ruff", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
    if found is None:
        raise SystemExit("ruff is not installed: pip install ruff")
    return found


def timed(command: Sequence[str]) -> tuple[float, float]:
    """Seconds of wall and of processor that the command took. Raises SystemExit when it failed."""
    start, used = time.perf_counter(), processor()
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    seconds = time.perf_counter() - start
    if done.returncode:
        raise SystemExit(f"{' '.join(command[:3])} ended with {done.returncode}:\n{done.stderr[:2000]}")
    return seconds, processor() - used


def processor() -> float:
    """Processor seconds of the programs run so far, workers included: tells on a busy machine what wall hides."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--repeats", type=int, default=5, help="turns that count, after one that doesn't")
    parser.add_argument("--jobs", type=int, help="workers of tmpleak-lint (default: its own choice)")
    arguments = parser.parse_args(argv)
    roots = [str(root) for root in prepare(SPLITS).roots.values()]
    files = [file for root in roots for file in Path(root).rglob("*.py")]
    size = sum(file.stat().st_size for file in files)
    jobs = [] if arguments.jobs is None else ["--jobs", str(arguments.jobs)]
    commands = {
        "tmpleak-lint": [*linter_command(), *OURS, *jobs, *roots],
        "ruff SIM115": [find_ruff(), *RUFF, *roots],
    }
    times: dict[str, list[float]] = {name: [] for name in commands}
    processors: dict[str, list[float]] = {name: [] for name in commands}
    for turn in range(arguments.repeats + 1):
        for name, command in commands.items():
            seconds, used = timed(command)
            if turn:
                times[name].append(seconds)
                processors[name].append(used)
    print(f"{len(files)} files, {size / 1e6:.0f} MB; {os.cpu_count()} cores, {platform.machine()}")
    for name, taken in times.items():
        spread = " ".join(f"{seconds:.2f}" for seconds in taken)
        used = statistics.median(processors[name])
        print(f"{name}: median {statistics.median(taken):.2f} s ({spread}), processor {used:.2f} s")
    ours, theirs = (statistics.median(taken) for taken in times.values())
    print(f"ratio {ours / theirs:.2f}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
