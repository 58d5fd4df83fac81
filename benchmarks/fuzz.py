"""Drawn and damaged inputs through every door of the tool, by the thousand.

    python -m benchmarks.fuzz --inputs 2000              a first look
    python -m benchmarks.fuzz --inputs 100000            an hour's run on two quiet cores
    python -m benchmarks.fuzz --inputs 100000 --ledger F the same, gone on with where it was broken off
    python -m benchmarks.fuzz --seed 1 --only 4711       one input again, by its number

In: a seed; real files out of the pinned packages where they are unpacked, else the fixtures of the tests. Out: how many
inputs went through how many doors, and each that crashed, hung, harmed a file, had a wrong exit status or was called no
Python though it is. Exit status 1 if there was one. What hung is what used `--seconds` of processor time.
A ledger gets a line of JSON for each piece of the inputs that is through; a line of another state of the code counts
for none.
"""

from __future__ import annotations

import argparse
import gc
import hashlib
import json
import multiprocessing
import os
import random
import resource
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields
from functools import cache
from multiprocessing.connection import Connection, wait
from pathlib import Path
from types import FrameType
from typing import Any

from tests.fuzz.doors import DOORS
from tests.fuzz.inputs import draw_input, real_files

PROJECT = Path(__file__).parent.parent
UNPACKED = PROJECT / "benchmarks" / ".cache" / "unpacked"
FIXTURES = PROJECT / "fixtures"
QUICK = "/dev/shm" if Path("/dev/shm").is_dir() else None  # files that cost nothing to write
MOST_FILES = 400  # real files that are damaged
OTHERS = tuple(name for name in DOORS if name != "check") + ("fix",) * 3  # one of them is drawn
SECONDS = 20.0
MEMORY = 4 << 30  # bytes of address space that a worker has
PIECE = 1_000  # inputs between two lines of a ledger
STALLED = 900.0  # seconds without a word from a worker: it hangs where no signal reaches it


class TooLong(BaseException):
    """An input has used up its processor time."""


@dataclass(slots=True)
class Tally:
    """What a campaign has seen."""

    inputs: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    doors: Counter[str] = field(default_factory=Counter)
    problems: list[tuple[int, str, str]] = field(default_factory=list)
    slowest: tuple[float, int, str] = (0.0, 0, "")

    def took(self, number: int, kind: str, done: Sequence[tuple[str, float, Sequence[str]]]) -> None:
        self.inputs += 1
        self.kinds[kind] += 1
        for door, seconds, problems in done:
            self.doors[door] += 1
            self.problems += [(number, kind, problem) for problem in problems]
            self.slowest = max(self.slowest, (seconds, number, door))

    def add(self, other: Tally) -> None:
        self.inputs += other.inputs
        self.kinds += other.kinds
        self.doors += other.doors
        self.problems += other.problems
        self.slowest = max(self.slowest, other.slowest)

    def counts(self) -> Counter[str]:
        return Counter(problem.partition(":")[0] for _, _, problem in self.problems)


@cache
def version() -> str:
    """Which state of the code it is: a hash of what goes through the doors, of the doors and the inputs."""
    found = hashlib.sha256()
    for path in sorted(
        [*(PROJECT / "tmpleak_lint").rglob("*.py"), *(PROJECT / "tests" / "fuzz").glob("*.py")]
    ):
        found.update(str(path.relative_to(PROJECT)).encode() + b"\0" + path.read_bytes())
    return found.hexdigest()[:16]


class Ledger:
    """What pieces of campaigns have seen, line by line in a file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.known: dict[tuple[int, int, int], Tally] = {}
        for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
            entry = json.loads(line)
            if entry["version"] == version():
                problems = [tuple(each) for each in entry["problems"]]
                kinds, doors = Counter(entry["kinds"]), Counter(entry["doors"])
                seen = Tally(entry["inputs"], kinds, doors, problems, tuple(entry["slowest"]))
                self.known[entry["seed"], entry["first"], entry["length"]] = seen

    def of(self, seed: int, numbers: Sequence[int]) -> Tally | None:
        return self.known.get((seed, numbers[0], len(numbers)))

    def write(self, seed: int, numbers: Sequence[int], tally: Tally) -> None:
        """Add a piece that is through."""
        seen = {each.name: getattr(tally, each.name) for each in fields(tally)}
        entry = {**seen, "version": version(), "seed": seed, "first": numbers[0], "length": len(numbers)}
        with self.path.open("a", encoding="utf-8") as out:
            out.write(json.dumps(entry) + "\n")


@cache
def files() -> list[Path]:
    """Real files where there are any, a fixed choice of them."""
    found = real_files([UNPACKED] if UNPACKED.is_dir() else [FIXTURES])
    return random.Random(0).sample(found, min(MOST_FILES, len(found)))


def one(
    seed: int, number: int, known: Sequence[Path], folder: Path, seconds: float
) -> tuple[str, list[tuple[str, float, list[str]]]]:
    """Draw an input and bring it through its doors; its kind, and for each door the time and what went wrong."""
    chance, case = draw_input(seed, number, known)
    path = folder / case.name
    path.write_bytes(case.data)
    others = [name for name in OTHERS if not (path.suffix == ".ipynb" and name == "flake8")]
    done: list[tuple[str, float, list[str]]] = []
    for name in ("check", chance.choice(others)):
        began = time.process_time()
        problems: list[str] = []
        signal.setitimer(signal.ITIMER_PROF, seconds)
        try:
            problems += DOORS[name](chance, path)
        except TooLong:
            problems.append(f"hang: {name}")
        except Exception as error:  # what a door let through is a crash of it
            problems.append(f"crash: {name}: {type(error).__name__}: {error}")
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
        path.write_bytes(case.data)
        done.append((name, time.process_time() - began, problems))
    for left in folder.iterdir():
        left.unlink()
    return case.kind, done


def _too_long(number: int, frame: FrameType | None) -> None:
    raise TooLong


def work(
    connection: Connection[Any, Any],
    seed: int,
    numbers: Sequence[int],
    known: Sequence[Path],
    seconds: float,
    top: Path,
) -> None:
    """A worker's life: its inputs one by one, each announced before it is begun."""
    signal.signal(signal.SIGPROF, _too_long)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    os.environ["NO_COLOR"] = "1"
    sys.stderr.flush()
    gc.freeze()  # a fifth of the time went into looking through what stays
    gc.set_threshold(100_000, 20, 20)
    folder = top / str(os.getpid())
    folder.mkdir()
    tempfile.tempdir = str(top)
    os.chdir(folder)
    for number in numbers:
        connection.send((number, None, None))
        connection.send((number, *one(seed, number, known, folder, seconds)))


@dataclass(slots=True)
class _Worker:
    process: Any
    connection: Connection[Any, Any]
    left: list[int]
    at: int = -1
    killed: bool = False
    heard: float = field(default_factory=time.monotonic)


def campaign(
    seed: int, numbers: Sequence[int], jobs: int, seconds: float, until: float, top: Path
) -> Iterator[Tally]:
    """Bring all inputs through their doors, or as many as there is time for; the tally after each."""
    known, tally = files(), Tally()
    context = multiprocessing.get_context("fork")

    def hire(left: list[int]) -> _Worker:
        ours, theirs = context.Pipe(False)
        process = context.Process(target=work, args=(theirs, seed, left, known, seconds, top), daemon=True)
        process.start()
        theirs.close()
        return _Worker(process, ours, left)

    workers = [hire(list(numbers[place::jobs])) for place in range(jobs)]
    try:
        while workers and time.monotonic() < until:
            ready = wait([worker.connection for worker in workers], 1.0)
            for worker in list(workers):
                if worker.connection in ready:
                    try:
                        number, kind, done = worker.connection.recv()
                    except EOFError:
                        workers.remove(worker)
                        if worker.left:  # it died of what it was at
                            what = "hang: no word for long" if worker.killed else "crash: the process ended"
                            tally.problems.append((worker.at, "?", what))
                            worker.left.remove(worker.at)
                            workers.append(hire(worker.left))
                        continue
                    worker.at, worker.heard = number, time.monotonic()
                    if done is not None:
                        worker.left.remove(number)
                        tally.took(number, kind, done)
                        yield tally
                elif time.monotonic() - worker.heard > STALLED:
                    worker.process.kill()
                    worker.killed, worker.heard = True, time.monotonic()
    finally:
        for worker in workers:
            worker.process.kill()
            worker.process.join()


def _through(given: argparse.Namespace, numbers: Sequence[int], until: float) -> Tally:
    """Bring a piece through its doors, and tell of what goes wrong at once."""
    tally, told = Tally(), 0
    # The workers' folders are in one of ours: they may be killed, and then delete nothing.
    with tempfile.TemporaryDirectory(prefix="fuzz-", dir=QUICK, ignore_cleanup_errors=True) as top:
        jobs = min(given.jobs, len(numbers))
        for tally in campaign(given.seed, numbers, jobs, given.seconds, until, Path(top)):
            for number, kind, problem in tally.problems[told:]:
                print(f"  {number} ({kind}): {problem}", flush=True)
                if given.keep is not None:
                    given.keep.mkdir(exist_ok=True)
                    case = draw_input(given.seed, number, files())[1]
                    (given.keep / f"{number}-{case.name}").write_bytes(case.data)
            told = len(tally.problems)
    return tally


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--inputs", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1, help="inputs of one seed are always the same")
    parser.add_argument("--first", type=int, default=0, help="number of the first input")
    parser.add_argument("--only", type=int, help="one input, by its number, and what goes wrong with it")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--seconds", type=float, default=SECONDS, help="processor time that a door has")
    parser.add_argument("--minutes", type=float, default=10**6, help="end after so long, whatever is left")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="write the inputs that went wrong there")
    parser.add_argument(
        "--ledger", type=Path, metavar="FILE", help="where it is kept which pieces are through"
    )
    given = parser.parse_args()
    numbers = [given.only] if given.only is not None else list(range(given.first, given.first + given.inputs))
    began = time.monotonic()
    tally, until = Tally(), began + 60 * given.minutes
    ledger = Ledger(given.ledger) if given.ledger is not None else None
    for at in range(0, len(numbers), PIECE):
        piece = numbers[at : at + PIECE]
        seen = ledger.of(given.seed, piece) if ledger is not None else None
        if seen is None and time.monotonic() < until:
            seen = _through(given, piece, until)
            if ledger is not None and time.monotonic() < until:
                ledger.write(given.seed, piece, seen)
        tally.add(seen or Tally())
        told = f"{tally.inputs} inputs, {time.monotonic() - began:.0f} s: {dict(tally.counts())}"
        print(told, file=sys.stderr, flush=True)
    passages, took = sum(tally.doors.values()), time.monotonic() - began
    print(f"{tally.inputs} inputs of seed {given.seed}, {passages} passages, {took:.0f} s")
    print(f"inputs by kind: {json.dumps(dict(sorted(tally.kinds.items())))}")
    print(f"passages by door: {json.dumps(dict(sorted(tally.doors.items())))}")
    seconds, number, door = tally.slowest
    print(f"slowest: {seconds:.1f} s of processor time, input {number}, {door}")
    counts = tally.counts()
    print(
        ", ".join(
            f"{name} {counts.get(name, 0)}" for name in ("crash", "hang", "harmed", "status", "refused")
        )
    )
    return int(bool(tally.problems))


if __name__ == "__main__":
    sys.exit(main())
