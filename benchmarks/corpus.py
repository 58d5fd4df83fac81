"""The packages that carry labelled sites: fetch the pinned releases, unpack them, check that nothing drifted.

In: `labels/<split>_packages.txt` (pins) and the label tables. Out: a folder per distribution below
`.cache/unpacked`. `cpython` is the library of a CPython of exactly 3.11.7; where none is installed, its
sites are left out, aloud. Source distributions are never built: only wheels are downloaded, and nothing in
them is run.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.sites import LABELS, SPLITS, Label, read_labels

CACHE = Path(__file__).parent / ".cache"
CPYTHON = "cpython"
CPYTHON_VERSION = "3.11.7"
NOT_LIBRARY = frozenset({"site-packages", "__pycache__"})


@dataclass(frozen=True, slots=True)
class Corpus:
    """Unpacked distributions by name, and what could not be had, each with the reason."""

    roots: dict[str, Path]
    missing: dict[str, str]

    def file(self, label: Label) -> Path:
        return self.roots[label.distribution] / label.path

    def present(self, labels: Iterable[Label]) -> list[Label]:
        return [label for label in labels if label.distribution in self.roots]


def pins(split: str, folder: Path = LABELS) -> list[str]:
    """The `name==version` lines of one split."""
    lines = (folder / f"{split}_packages.txt").read_text(encoding="utf-8").splitlines()
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def normalise(name: str) -> str:
    """A distribution's name as wheels spell it: runs of `-_.` become one underscore, lower case."""
    return re.sub(r"[-_.]+", "_", name).lower()


def prepare(splits: Sequence[str] = SPLITS, cache: Path = CACHE) -> Corpus:
    """Download, unpack and check what the splits need. Raises SystemExit on a failed download or on drift."""
    wheels = cache / "wheels"
    wheels.mkdir(parents=True, exist_ok=True)
    roots: dict[str, Path] = {}
    for pin in [pin for split in splits for pin in pins(split)]:
        wheel = find_wheel(wheels, pin) or download(wheels, pin)
        name, version = pin.split("==")
        roots[normalise(name)] = unpack(wheel, cache / "unpacked" / f"{normalise(name)}-{version}")
    missing: dict[str, str] = {}
    labels = [label for split in splits for label in read_labels(split)]
    if any(label.distribution == CPYTHON for label in labels):
        library = find_cpython_library()
        if library is None:
            missing[CPYTHON] = f"no CPython {CPYTHON_VERSION} on this machine (its sites are left out)"
        else:
            roots[CPYTHON] = copy_library(library, cache / "unpacked" / f"{CPYTHON}-{CPYTHON_VERSION}")
    corpus = Corpus(roots, missing)
    problems = drift(corpus, corpus.present(labels))
    if problems:
        raise SystemExit("the corpus is not what the labels were read in:\n" + "\n".join(problems))
    return corpus


def find_wheel(folder: Path, pin: str) -> Path | None:
    """The wheel of a pinned release in the folder, if it was downloaded before."""
    name, version = pin.split("==")
    for wheel in sorted(folder.glob("*.whl")):
        parts = wheel.name.split("-")
        if normalise(parts[0]) == normalise(name) and parts[1] == version:
            return wheel
    return None


def download(folder: Path, pin: str) -> Path:
    """Fetch one pinned wheel with pip."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
    done = subprocess.run([*command, "--dest", str(folder), pin], capture_output=True, text=True)
    wheel = find_wheel(folder, pin)
    if done.returncode or wheel is None:
        raise SystemExit(f"pip could not download {pin}:\n{done.stderr}")
    return wheel


def unpack(wheel: Path, target: Path) -> Path:
    """The wheel's `.py` files below `target`; a folder that exists is complete (it is renamed into place)."""
    if not target.exists():
        partial = target.with_name(target.name + ".partial")
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(partial, [name for name in archive.namelist() if name.endswith(".py")])
        partial.rename(target)
    return target


def find_cpython_library() -> Path | None:
    """The `Lib` folder of a CPython 3.11.7: this interpreter, a `python3.11` on PATH or one under pyenv."""
    candidates = [sys.executable, shutil.which("python3.11") or ""]
    pyenv = Path.home() / ".pyenv" / "versions" / CPYTHON_VERSION / "bin" / "python3.11"
    candidates += [str(pyenv)] if pyenv.exists() else []
    script = "import platform, sysconfig; print(platform.python_version(), sysconfig.get_path('stdlib'))"
    for python in filter(None, candidates):
        done = subprocess.run([python, "-c", script], capture_output=True, text=True)
        version, _, folder = done.stdout.strip().partition(" ")
        if version == CPYTHON_VERSION and (Path(folder) / "test").is_dir():
            return Path(folder)
    return None


def copy_library(library: Path, target: Path) -> Path:
    """A copy of the library's Python files, without what pip installed beside them."""
    if not target.exists():
        partial = target.with_name(target.name + ".partial")
        shutil.rmtree(partial, ignore_errors=True)
        shutil.copytree(library, partial, ignore=_only_library)
        partial.rename(target)
    return target


def _only_library(folder: str, names: list[str]) -> set[str]:
    return {
        name
        for name in names
        if name in NOT_LIBRARY or not (name.endswith(".py") or (Path(folder) / name).is_dir())
    }


def drift(corpus: Corpus, labels: Iterable[Label]) -> list[str]:
    """What no longer fits: a version other than the label's, a missing file, a line that names no creator."""
    return [problem for label in labels if (problem := _drift(corpus, label)) is not None]


def _drift(corpus: Corpus, label: Label) -> str | None:
    root = corpus.roots[label.distribution]
    if root.name != f"{label.distribution}-{label.version}":
        return f"{label.place}: labelled in {label.version}, unpacked is {root.name}"
    file = corpus.file(label)
    if not file.is_file():
        return f"{label.place}: no such file"
    lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
    if not names_creator(lines, label.line, label.creator):
        return f"{label.place}: nothing there names {label.creator}"
    return None


def names_creator(lines: Sequence[str], line: int, creator: str) -> bool:
    """Whether the creator's name (or a private alias of it) occurs on the line (from 1) or the next three."""
    pattern = re.compile(rf"(?<![A-Za-z0-9]){re.escape(creator)}(?!\w)")
    return any(pattern.search(text) for text in lines[line - 1 : line + 3])


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--split", choices=SPLITS, action="append", help="only this split (default: all)")
    arguments = parser.parse_args(argv)
    corpus = prepare(arguments.split or SPLITS)
    for name, root in sorted(corpus.roots.items()):
        print(f"{name}: {root}")
    for name, reason in corpus.missing.items():
        print(f"{name}: MISSING, {reason}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
