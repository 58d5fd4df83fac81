"""`--fix`, killed at each system call of its writing, or with each of them failing: are files whole, is nothing left?

    python -m benchmarks.kills                  # every call of the writing of three files, some before and between
    python -m benchmarks.kills --errors         # each of them fails, with a full disk and with a broken one
    python -m benchmarks.kills --together 20    # so many times several runs at once over the same files

In: the tool of this checkout, a scratch folder. Out: how many runs, how many files that were neither the old nor the
new ones, how many other files that were left; exit status 1 if there was one. Needs strace (Linux), which kills a
process on entering a call, or lets the call fail.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

LEAK = (
    "import os\nimport tempfile\n\n\ndef f{0}(use):\n    fd, path = tempfile.mkstemp()\n    os.close(fd)\n"
    "    use(path)\n    os.remove(path)\n"
)
FILES = 3
PATIENCE = 5.0  # seconds in which what outlives a killed run has done its work
ELSEWHERE = 25
CALLS = "%file,%desc"
FAILING = (
    "openat,write,fsync,flock,linkat,rename,chmod,utimensat,fchown,listxattr,newfstatat,read,close,getdents64"
)
ERRORS = ("ENOSPC", "EIO")
_NAME = re.compile(r"(\w+)\(")
NAMELESS_OFF = "import tempfile\nfrom tmpleak_lint.fixing import writing\nwriting._NAMELESS = 0\n"
STARTER = "import sys\nfrom tmpleak_lint.__main__ import run\nsys.argv[0] = 'tmpleak-lint'\nsys.exit(run())\n"


@dataclass(slots=True)
class Tally:
    """What a campaign has seen."""

    runs: int = 0
    ended: int = 0  # runs that were killed, or told of an error
    torn: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Step:
    """A system call of a run: its name, that it is the `number`th of this name, and what strace said of it."""

    call: str
    number: int
    text: str


class Scene:
    """A folder with files to fix, and a way to run the fixer there."""

    def __init__(self, top: Path, *, named: bool) -> None:
        self.tree = top / "tree"
        self.starter = top / "starter.py"
        self.starter.write_text((NAMELESS_OFF if named else "") + STARTER)
        self.old = {f"a{number}.py": LEAK.format(number).encode() for number in range(FILES)}
        self.trace = top / "trace"
        self.reset()
        self.run()
        self.new = self.contents()
        if any(self.new[name] == text for name, text in self.old.items()):
            raise SystemExit("nothing was fixed: the campaign would say nothing")

    def reset(self) -> None:
        shutil.rmtree(self.tree, ignore_errors=True)
        self.tree.mkdir()
        for name, text in self.old.items():
            (self.tree / name).write_bytes(text)

    def contents(self) -> dict[str, bytes]:
        found: dict[str, bytes] = {}
        for path in self.tree.iterdir():
            # What outlives a killed run may just be clearing it away.
            with contextlib.suppress(FileNotFoundError):
                found[path.name] = path.read_bytes()
        return found

    def command(self, before: Sequence[str] = ()) -> list[str]:
        options = ("--isolated", "--no-cache", "--jobs", "1", "--quiet", "--fix")
        return [*before, sys.executable, "-P", str(self.starter), *options, str(self.tree)]

    def run(self, before: Sequence[str] = ()) -> int:
        environment = {**os.environ, "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"}
        done = subprocess.run(
            self.command(before),
            env=environment,
            cwd=self.tree.parent,
            capture_output=True,
            timeout=120,
            check=False,
        )
        return done.returncode

    def check(self, what: str, tally: Tally) -> None:
        """Look at what a run has left; whoever outlives it has a moment to clean up."""
        until = time.monotonic() + PATIENCE
        while (others := set(self.contents()) - set(self.old)) and time.monotonic() < until:
            time.sleep(0.01)
        tally.left += [f"{what}: {name}" for name in sorted(others)]
        now = self.contents()
        for name in self.old:
            if now.get(name) not in (self.old[name], self.new[name]):
                tally.torn.append(f"{what}: {name}")

    def steps(self, calls: str) -> list[Step]:
        """The calls of one run from the first that names a file of the tree to the last rename."""
        self.reset()
        self.run(["strace", "-qq", "-o", str(self.trace), "-e", f"trace={calls}", "-e", "signal=none"])
        lines = self.trace.read_text(errors="replace").splitlines()
        inside = [number for number, line in enumerate(lines) if f'"{self.tree}/a0.py"' in line]
        last = max(number for number, line in enumerate(lines) if line.startswith("rename"))
        count: Counter[str] = Counter()
        steps = []
        for line in lines[: last + 12]:
            if found := _NAME.match(line):
                count[found[1]] += 1
                steps.append(Step(found[1], count[found[1]], line))
        return steps[inside[0] :]


def writing_only(steps: list[Step]) -> Iterator[Step]:
    """Those steps between the beginning of a file's writing and its end, without the analysis between two files."""
    writing = False
    for step in steps:
        writing = writing or step.call == "flock"
        if writing:
            yield step
        if step.call.startswith("rename"):
            writing = False


def killed(scene: Scene, tally: Tally) -> None:
    """Kill a run on entering each step of the writing, and on one in `ELSEWHERE` of the others."""
    steps = scene.steps(CALLS)
    writing = set(writing_only(steps))
    for place, step in enumerate(steps):
        if place % ELSEWHERE and step not in writing:
            continue
        scene.reset()
        inject = f"inject={step.call}:signal=KILL:when={step.number}"
        status = scene.run(["strace", "-qq", "-o", os.devnull, "-e", f"trace={CALLS}", "-e", inject])
        tally.runs += 1
        tally.ended += status < 0 or status == 137
        scene.check(f"killed at {step.text[:80]}", tally)


def failing(scene: Scene, tally: Tally) -> None:
    """Let each step fail, with each error."""
    for step in list(writing_only(scene.steps(FAILING))):
        for error in ERRORS:
            scene.reset()
            inject = f"inject={step.call}:error={error}:when={step.number}"
            status = scene.run(["strace", "-qq", "-o", os.devnull, "-e", f"trace={FAILING}", "-e", inject])
            tally.runs += 1
            tally.ended += status == 2
            tally.statuses[status] = tally.statuses.get(status, 0) + 1
            scene.check(f"{error} of {step.text[:80]}, status {status}", tally)
            if status not in (0, 1, 2):
                tally.torn.append(f"{error} of {step.text[:80]}: status {status}")


def together(scene: Scene, times: int, tally: Tally) -> None:
    """Several runs over the same files at once; half of the times one is killed on its way."""
    for number in range(times):
        scene.reset()
        running = [
            subprocess.Popen(
                scene.command(), cwd=scene.tree.parent, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            for _ in range(3)
        ]
        if number % 2:
            time.sleep(0.2 + 0.05 * (number % 20))
            running[0].kill()
        for one in running:
            status = one.wait(timeout=120)
            tally.statuses[status] = tally.statuses.get(status, 0) + 1
        tally.runs += 1
        tally.ended += 1
        scene.check(f"together, {number}", tally)
        if scene.contents() != scene.new:
            tally.torn.append(f"together, {number}: not every file is fixed")


def said(what: str, tally: Tally) -> str:
    """One line about a campaign, and one for each thing that went wrong."""
    statuses: Mapping[int, int] = dict(sorted(tally.statuses.items()))
    lines = [
        f"{what}: {tally.runs} runs, {tally.ended} of them ended early; torn files {len(tally.torn)}, "
        f"files left behind {len(tally.left)}" + (f"; exit statuses {statuses}" if statuses else "")
    ]
    return "\n".join(
        [*lines, *(f"  torn: {one}" for one in tally.torn), *(f"  left: {one}" for one in tally.left)]
    )


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--errors", action="store_true", help="let calls fail in place of killing")
    parser.add_argument("--together", type=int, default=0, metavar="N", help="run several at once, N times")
    given = parser.parse_args()
    if shutil.which("strace") is None and not given.together:
        raise SystemExit("strace is not installed")
    bad = False
    with tempfile.TemporaryDirectory(prefix="kills-") as top:
        for named in (False, True):
            folder = Path(top, "named" if named else "nameless")
            folder.mkdir()
            scene, tally = Scene(folder, named=named), Tally()
            if given.together:
                together(scene, given.together, tally)
            elif given.errors:
                failing(scene, tally)
            else:
                killed(scene, tally)
            print(said(f"{'a file beside' if named else 'a file without a name'}", tally), flush=True)
            bad = bad or bool(tally.torn or tally.left)
    return int(bad)


if __name__ == "__main__":
    sys.exit(main())
