"""What a run costs, beside other linters on the same files, machine and cores, in turn.

    python -m benchmarks.speed                       the table of modes and peers on the pinned packages
    python -m benchmarks.speed --growth              how cost grows with the tree and with one function
    python -m benchmarks.speed --growth --plot FILE  the same as a picture (`pip install -e '.[benchmarks]'`)
    python -m benchmarks.speed --cores 1             on so many cores (default: all that there are)

In: the pinned packages. Out: for each command the medians of wall time, processor time and peak memory of its whole
process tree over several turns, with the spread, and ratios between commands of the same turn. Nothing is timed alone:
every turn runs every command once, so that what else the machine does falls on all of them alike. One turn that
doesn't count comes first. pylint, bandit and flake8, which take minutes to hours on the whole tree, get `SAMPLE` files
of it, ours and ruff the same files beside them; what a tool takes to start is measured on an empty file in the same
turns.
"""

from __future__ import annotations

import argparse
import math
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.accuracy import linter_command
from benchmarks.corpus import CACHE, prepare
from benchmarks.sites import SPLITS

RUFF = ("check", "--select", "SIM115", "--isolated", "--no-respect-gitignore", "--exit-zero", "--quiet")
OURS = ("check", "--isolated", "--no-respect-gitignore", "--exit-zero", "--quiet")
SAMPLE = 80  # files for the slow peers, taken evenly from the whole tree
LOOK = 0.02  # seconds between two looks at the memory
# Programs are run as once installed: with their byte code beside them, also where the shell forbids writing it.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
PEERS = ("pylint", "bandit", "flake8", "flake8-async")
PLAIN = "flake8-alone"  # an environment with nothing but flake8
PLUGIN = "with-plugin"  # one with this project besides
ROOT = Path(__file__).resolve().parent.parent
CLEAN = "import os\n\n\ndef size(path):\n    return os.path.getsize(path)\n"
LEAK = (
    "import os\nimport tempfile\n\n\ndef job(data):\n    handle, path = tempfile.mkstemp()\n"
    "    os.write(handle, data)\n    os.close(handle)\n    os.remove(path)\n"
)


@dataclass(slots=True)
class Taken:
    """What a command took in each turn: seconds of wall and of processor, MB of memory at the peak."""

    wall: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Command:
    """A command with a name; `before` is done first and not timed, `text` is its standard input."""

    name: str
    words: tuple[str, ...]
    before: tuple[str, ...] = ()
    text: bytes | None = None


def run(command: Command) -> tuple[float, float, float]:
    """Wall seconds, processor seconds, peak memory in MB of the whole process tree. Raises SystemExit on failure."""
    if command.before:
        subprocess.run(command.before, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    used, start = processor(), time.perf_counter()
    process = subprocess.Popen(
        command.words,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
        env=ENVIRONMENT,
    )
    peak = [0.0]
    over = threading.Event()
    watch = threading.Thread(target=_watch_memory, args=(process.pid, peak, over))
    watch.start()
    _, errors = process.communicate(command.text)
    seconds = time.perf_counter() - start
    over.set()
    watch.join()
    if process.returncode not in (0, 1):
        raise SystemExit(f"{command.name} ended with {process.returncode}:\n{errors.decode()[:2000]}")
    return seconds, processor() - used, peak[0]


def processor() -> float:
    """Processor seconds of the programs run so far, workers included: tells on a busy machine what wall hides."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _watch_memory(session: int, peak: list[float], over: threading.Event) -> None:
    """Keep the largest sum of what the processes of a session hold for themselves (Linux; else 0)."""
    while not over.wait(LOOK):
        total = 0.0
        for entry in Path("/proc").glob("[0-9]*") if Path("/proc/self/stat").exists() else ():
            try:
                if int((entry / "stat").read_text().rpartition(")")[2].split()[3]) == session:
                    total += _own_megabytes(entry)
            except (OSError, ValueError, IndexError):
                continue  # it ended meanwhile
        peak[0] = max(peak[0], total)


def _own_megabytes(entry: Path) -> float:
    """Proportional share of memory: pages that forked workers share count once."""
    for line in (entry / "smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    return 0.0


def in_turn(commands: Sequence[Command], turns: int) -> dict[str, Taken]:
    """Run all commands once a turn; the first turn warms the file system and doesn't count."""
    taken = {command.name: Taken() for command in commands}
    for turn in range(turns + 1):
        for command in commands:
            wall, used, memory = run(command)
            if turn:
                taken[command.name].wall.append(wall)
                taken[command.name].processor.append(used)
                taken[command.name].memory.append(memory)
    return taken


def table(taken: dict[str, Taken], reference: str) -> Iterator[str]:
    """Markdown rows: medians, the spread of wall time, ratios to the reference of the same turn."""
    yield f"| command | wall s | spread | processor s | peak MB | wall / {reference} | processor / {reference} |"
    yield "|---|---:|---|---:|---:|---:|---:|"
    base = taken[reference]
    for name, own in taken.items():
        wall = statistics.median(a / b for a, b in zip(own.wall, base.wall, strict=True))
        used = statistics.median(a / b for a, b in zip(own.processor, base.processor, strict=True))
        yield (
            f"| {name} | {statistics.median(own.wall):.2f} | {min(own.wall):.2f} to {max(own.wall):.2f} "
            f"| {statistics.median(own.processor):.2f} | {statistics.median(own.memory):.0f} "
            f"| {wall:.2f} | {used:.2f} |"
        )


def program(name: str) -> str:
    """A program of this environment, or of the path."""
    found = shutil.which(name, path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
    if found is None:
        raise SystemExit(f"{name} is not installed: pip install {name}")
    return found


def peers(folder: Path) -> Path:
    """The `bin` folder of an environment that holds the slow peers; beside it, since flake8 runs every plugin that it
    finds, one with flake8 alone, and one with flake8 and this project as it is now."""
    programs = folder / "bin"
    if not all((programs / name).exists() for name in PEERS):
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        subprocess.run([str(programs / "pip"), "install", "--quiet", *PEERS], check=True)
    again = ("--force-reinstall", "--no-deps", str(ROOT))
    for name, *installed in ((PLAIN, ("flake8",)), (PLUGIN, ("flake8", str(ROOT)), again)):
        if not (folder / name).exists():
            subprocess.run([sys.executable, "-m", "venv", str(folder / name)], check=True)
        for words in installed:
            subprocess.run([str(folder / name / "bin" / "pip"), "install", "--quiet", *words], check=True)
    return programs


def whole_tree(roots: Sequence[str], scratch: Path) -> list[Command]:
    """Every mode of ours on the whole tree, beside ruff."""
    ours = (*linter_command(), *OURS)
    copy = scratch / "tree"
    for root in roots:
        shutil.copytree(root, copy / Path(root).name, symlinks=True)
    changed = next(path for path in sorted(copy.rglob("*.py")) if b"mkstemp" in path.read_bytes())
    touch = ("sh", "-c", f"echo '# changed' >> '{changed}'")
    warm = ("--cache-dir", str(scratch / "cache"), "--output-format", "concise", str(copy))
    return [
        Command("ruff cold", (program("ruff"), *RUFF, "--no-cache", *roots)),
        Command("ours cold, concise", (*ours, "--no-cache", "--output-format", "concise", *roots)),
        Command("ours cold, json", (*ours, "--no-cache", "--output-format", "json", *roots)),
        Command("ours cold, sarif", (*ours, "--no-cache", "--output-format", "sarif", *roots)),
        Command("ours cold, --diff", (*ours, "--no-cache", "--diff", *roots)),
        Command("ruff warm", (program("ruff"), *RUFF, "--cache-dir", str(scratch / "ruff"), *roots)),
        Command("ours warm", (*ours, *warm)),
        Command("ours, one file changed", (*ours, *warm), before=touch),
    ]


def small(scratch: Path) -> list[Command]:
    """One file, from start to end."""
    clean, leak = scratch / "clean.py", scratch / "leak.py"
    clean.write_text(CLEAN)
    leak.write_text(LEAK)
    ours = (*linter_command(), *OURS, "--no-cache", "--output-format", "concise")
    return [
        Command("python -c pass", (sys.executable, "-c", "pass")),
        Command("ours, one clean file", (*ours, str(clean))),
        Command("ours, one file with a finding", (*ours, str(leak))),
        Command("ours, the same from stdin", (*ours, "-"), text=LEAK.encode()),
    ]


def sample(roots: Sequence[str]) -> list[str]:
    """`SAMPLE` files of the tree, spread over all of it."""
    files = [str(path) for root in roots for path in sorted(Path(root).rglob("*.py"))]
    return files[:: max(len(files) // SAMPLE, 1)][:SAMPLE]


def slow_peers(files: Sequence[str], programs: Path, scratch: Path) -> list[Command]:
    """pylint, bandit and flake8 on a sample, ruff and ours on the same; an empty file tells what starting takes."""
    empty = scratch / "empty.py"
    empty.write_text("")
    ours = (*linter_command(), *OURS, "--no-cache", "--output-format", "concise")
    flake8 = ("--isolated", "--exit-zero", "--jobs", "1")
    plain, plugin = (str(programs.parent / name / "bin" / "flake8") for name in (PLAIN, PLUGIN))
    disabled = ("--disable=all", "--enable=consider-using-with", "--exit-zero", "--persistent=n", "--score=n")
    pylint = (str(programs / "pylint"), "--rcfile=", *disabled)
    bandit = (str(programs / "bandit"), "--quiet", "--exit-zero")
    warm = ("--cache-dir", str(scratch / "ruff-sample"))
    return [
        Command("ours", (*ours, *files)),
        Command("ours, an empty file", (*ours, str(empty))),
        Command("ruff SIM115, cold", (program("ruff"), *RUFF, "--no-cache", *files)),
        Command("ruff SIM115, warm", (program("ruff"), *RUFF, *warm, *files)),
        Command("pylint R1732", (*pylint, *files)),
        Command("pylint, an empty file", (*pylint, str(empty))),
        Command("bandit", (*bandit, *files)),
        Command("bandit, an empty file", (*bandit, str(empty))),
        Command("flake8-async", (str(programs / "flake8-async"), *files)),
        Command("flake8 alone", (plain, *flake8, *files)),
        Command("flake8 + TML", (plugin, *flake8, *files)),
    ]


@dataclass(frozen=True, slots=True)
class Growth:
    """What grew, and for each size of it (1, 2, 4, 8) processor seconds beyond the start of a run, and MB."""

    name: str
    seconds: dict[int, float]
    memory: dict[int, float]

    @property
    def exponent(self) -> float:
        """Of the power of the size that fits the seconds best: 1 is linear."""
        points = [(math.log(size), math.log(max(seconds, 1e-3))) for size, seconds in self.seconds.items()]
        return statistics.linear_regression([x for x, _ in points], [y for _, y in points]).slope

    def __str__(self) -> str:
        shown = ", ".join(f"{size}: {seconds:.2f} s" for size, seconds in self.seconds.items())
        memory = ", ".join(f"{size}: {megabytes:.0f} MB" for size, megabytes in self.memory.items())
        return f"{self.name}: {shown} beyond the start; exponent {self.exponent:.2f}; {memory}"


def growth(scratch: Path, turns: int) -> Iterator[Growth]:
    """Cost over 1, 2, 4, 8 times of a tree and of a function."""
    ours = (*linter_command(), *OURS, "--no-cache", "--output-format", "concise")
    start = Command("start", (*ours, str(_function(scratch / "empty", 0))))
    for name, make in (("tree", _tree), ("function", _function)):
        commands = [
            Command(str(size), (*ours, str(make(scratch / f"{name}-{size}", size)))) for size in (1, 2, 4, 8)
        ]
        taken = in_turn([start, *commands], turns)
        least = statistics.median(taken.pop("start").processor)
        yield Growth(
            name,
            {int(size): statistics.median(each.processor) - least for size, each in taken.items()},
            {int(size): statistics.median(each.memory) for size, each in taken.items()},
        )


def plot(grown: Sequence[Growth], file: Path) -> None:
    """Draw processor time over size, both by their logarithms, beside what would be linear."""
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "growth"  # the same figures give the same picture
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(6.4, 3.6), layout="constrained")
    for each in grown:
        sizes = list(each.seconds)
        (line,) = axes.loglog(
            sizes, list(each.seconds.values()), "o-", label=f"{each.name}: exponent {each.exponent:.2f}"
        )
        linear = [each.seconds[sizes[0]] * size / sizes[0] for size in sizes]
        axes.loglog(sizes, linear, ":", color=line.get_color(), label="_linear")
    axes.set_xticks([1, 2, 4, 8], labels=["1 x", "2 x", "4 x", "8 x"])
    axes.minorticks_off()
    axes.set_xlabel("size (a tree of 600 files, a function of 80 lines); dotted: linear")
    axes.set_ylabel("processor seconds")
    axes.legend()
    figure.savefig(file, metadata={"Date": None})


def _tree(folder: Path, size: int) -> Path:
    for number in range(size * 60):
        package = folder / f"package_{number}"
        package.mkdir(parents=True, exist_ok=True)
        (package / "__init__.py").write_text("")
        (package / "jobs.py").write_text(LEAK)
        for quiet in range(8):
            (package / f"quiet_{quiet}.py").write_text(CLEAN)
    return folder


def _function(folder: Path, size: int) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    lines = ["import os, tempfile", "", "", "def job(data):", "    handle, path = tempfile.mkstemp()"]
    lines += [f"    if data[{number}]:\n        send(path, {number})" for number in range(size * 40)]
    lines += ["    os.close(handle)", "    os.remove(path)"]
    (folder / "job.py").write_text("\n".join(lines) + "\n")
    return folder


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--turns", type=int, default=5, help="that count, after one that doesn't")
    parser.add_argument("--cores", type=int, help="run everything on so many cores (Linux)")
    parser.add_argument("--only", choices=("tree", "small", "peers"), action="append")
    parser.add_argument("--growth", action="store_true", help="measure growth, and nothing else")
    parser.add_argument(
        "--plot", type=Path, metavar="FILE", help="with --growth: draw it, too (needs matplotlib)"
    )
    given = parser.parse_args(argv)
    if given.cores is not None:
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: given.cores])
    with tempfile.TemporaryDirectory(prefix="speed-") as name:
        scratch = Path(name)
        if given.growth:
            grown = list(growth(scratch, given.turns))
            print(*grown, sep="\n")
            if given.plot:
                plot(grown, given.plot)
            return 0
        roots = [str(root) for root in prepare(SPLITS).roots.values()]
        everything = [file for root in roots for file in Path(root).rglob("*.py")]
        size = sum(file.stat().st_size for file in everything)
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
        machine = f"{cores} cores, {platform.machine()}, Python {platform.python_version()}"
        print(f"{len(everything)} files, {size / 1e6:.0f} MB; {machine}\n")
        parts = given.only or ["tree", "small", "peers"]
        if "tree" in parts:
            print("\n".join(table(in_turn(whole_tree(roots, scratch), given.turns), "ruff cold")) + "\n")
        if "small" in parts:
            print("\n".join(table(in_turn(small(scratch), given.turns * 3), "python -c pass")) + "\n")
        if "peers" in parts:
            files = sample(roots)
            print(f"{len(files)} files, {sum(Path(file).stat().st_size for file in files) / 1e6:.2f} MB")
            commands = slow_peers(files, peers(CACHE / "speed-peers"), scratch)
            print("\n".join(table(in_turn(commands, given.turns), "ours")))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
