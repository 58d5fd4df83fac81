"""The memory of a run over very many files: a generated tree of packages, read with a new cache and again with it.

    python -m benchmarks.many_files [--files 60000] [--jobs 2]

Every tenth file makes a temp file, some through a helper of its package; the rest only import each other. Prints for
each run the seconds, and the megabytes of its largest process and of all of them together. Linux.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
import time
from pathlib import Path

from benchmarks.accuracy import linter_command

PACKAGE = 100  # files
HELPER = "import tempfile\n\n\ndef scratch():\n    return tempfile.mkdtemp()\n"
MAKER = """\
import os
import tempfile

from .helper import scratch


def store_{0}(data):
    fd, path = tempfile.mkstemp()
    os.write(fd, data)
    os.close(fd)
    os.remove(path)


def work_{0}(data):
    folder = scratch()
    return data.process(folder)
"""
PLAIN = """\
import os
from . import m{1}


class Thing{0}:
    def run(self, items):
        return [m{1}.go(x) for x in items]
"""
PAGE = 4096


def make_tree(root: Path, files: int) -> None:
    """Write the tree: packages of `PACKAGE` files."""
    for first in range(0, files, PACKAGE):
        folder = root / f"p{first // PACKAGE}"
        folder.mkdir()
        (folder / "__init__.py").write_text("", encoding="utf-8")
        (folder / "helper.py").write_text(HELPER, encoding="utf-8")
        for number in range(min(PACKAGE - 2, files - first)):
            text = MAKER if number % 10 == 0 else PLAIN
            before = max(number - 1, 0)
            (folder / f"m{number}.py").write_text(text.format(number, before), encoding="utf-8")


def megabytes_of(pid: int) -> dict[int, float]:
    """The memory of a process and of those that it started, in megabytes, by number."""
    found: dict[int, float] = {}
    work = [pid]
    while work:
        each = work.pop()
        try:
            found[each] = int(Path(f"/proc/{each}/statm").read_text(encoding="ascii").split()[1]) * PAGE / 1e6
            children = Path(f"/proc/{each}/task/{each}/children").read_text(encoding="ascii").split()
            work += [int(child) for child in children]
        except (OSError, IndexError):
            continue  # it has ended meanwhile
    return found


def watched(command: list[str], folder: str) -> str:
    """Run a command: its seconds, the most memory of one of its processes and of all together, its findings."""
    largest = together = 0.0
    with tempfile.TemporaryFile("w+", encoding="utf-8") as out:
        began = time.monotonic()
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.DEVNULL, cwd=folder)
        while process.poll() is None:
            now = megabytes_of(process.pid)
            largest = max(largest, *now.values(), 0.0)
            together = max(together, sum(now.values()))
            time.sleep(0.1)
        seconds = time.monotonic() - began
        out.seek(0)
        findings = sum(1 for _ in out)
    return f"{seconds:.0f} s, {largest:.0f} MB, {together:.0f} MB, {findings:,} findings"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--files", type=int, default=60_000)
    parser.add_argument("--jobs", type=int, default=2)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "tree"
        tree.mkdir()
        make_tree(tree, given.files)
        command = [*linter_command(), "check", "--isolated", "--output-format", "concise"]
        command += ["--jobs", str(given.jobs), "--cache-dir", str(Path(folder) / "cache"), str(tree)]
        for run in ("new cache", "again"):
            print(f"{given.files:,} files, {run}: {watched(command, folder)}", flush=True)


if __name__ == "__main__":
    main()
