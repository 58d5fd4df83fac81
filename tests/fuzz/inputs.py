"""The inputs of a campaign, by number: each number is always the same input.

In: a seed, a number, real files to damage. Out: a name and the bytes of a file. Most are small, a function or two: what
goes wrong in a large one does so in a small one too, and in the time of one large one go ten of them.
"""

from __future__ import annotations

import random
import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.fuzz.layout import laid_out
from tests.fuzz.mutations import DAMAGES
from tests.fuzz.programs import program
from tests.fuzz.surroundings import notebook
from tests.oracle.grammar import nth
from tests.session.recursive import draw

KINDS = ("damaged", "damaged", "damaged", "grammar", "grammar", "laid out", "graph", "drawn", "notebook")
LARGEST = 30_000  # bytes of a real file that is damaged: larger ones cost time and say no more
LARGE = 0.05  # of the inputs are whole files, programs of several functions, whole graphs
LONGEST = 60  # rows of a piece of a real file
_MAKING = re.compile(rb"mkstemp|mkdtemp|TemporaryFile|TemporaryDirectory")
_DEFINING = re.compile(rb"\s*(?:async )?def ")
_IMPORTING = re.compile(rb"(?:import [\w., ]+|from [\w.]+ import [\w., ]+)\s*$")


@dataclass(frozen=True, slots=True)
class Input:
    """A file to look at; `valid` where it is a program by construction."""

    kind: str
    name: str
    data: bytes
    valid: bool = False


def real_files(folders: Sequence[Path]) -> list[Path]:
    """Files of ordinary size that speak of temp files, in a fixed order."""
    found = []
    for folder in folders:
        for path in sorted(folder.rglob("*.py")):
            data = path.read_bytes() if path.is_file() and path.stat().st_size <= LARGEST else b""
            if b"mkstemp" in data or b"mkdtemp" in data or b"NamedTemporaryFile" in data:
                found.append(path)
    return found


def draw_input(seed: int, number: int, files: Sequence[Path]) -> tuple[random.Random, Input]:
    """An input, and the source of chance that goes on to choose what is done with it."""
    chance = random.Random(f"{seed} {number}")
    kind = chance.choice(KINDS)
    small = chance.random() >= LARGE
    if kind == "damaged":
        data = _real(chance, files, small)
        for _ in range(chance.randint(1, 3)):
            data = chance.choice(DAMAGES)(chance, data) if data else data
        return chance, Input(kind, "case.py", data)
    if kind == "grammar":
        return chance, Input(kind, "case.py", program(chance, small=small)[0].encode(), valid=True)
    if kind == "laid out":
        if chance.random() < 0.5:
            made, _ = program(chance, (3, 11), small=small)
        else:
            made = nth(seed, number).source
        return chance, Input(kind, "case.py", laid_out(chance, made, 0.3).encode())
    if kind == "graph":
        graph = draw(chance)
        names = sorted(graph.definitions)
        names = chance.sample(names, chance.randint(2, 5) if small else len(names))
        return chance, Input(kind, "case.py", graph.module(names).encode(), valid=True)
    if kind == "drawn":
        return chance, Input(kind, "case.py", nth(seed, number).source.encode(), valid=True)
    return chance, Input(kind, "case.ipynb", notebook(chance, _real(chance, files, small)))


def _real(chance: random.Random, files: Sequence[Path], small: bool) -> bytes:
    data = chance.choice(files).read_bytes()
    return piece(chance, data) if small else data


def piece(chance: random.Random, data: bytes) -> bytes:
    """The imports of a file and one of the functions in it that make a temp file; all of it if there is none."""
    lines = data.splitlines(True)
    making = [row for row, line in enumerate(lines) if _MAKING.search(line) and not _IMPORTING.match(line)]
    if not making:
        return data
    row = chance.choice(making)
    start = next((at for at in range(row, -1, -1) if _DEFINING.match(lines[at])), row)
    depth = _depth(lines[start])
    end = start + 1
    while end < min(len(lines), start + LONGEST) and (not lines[end].strip() or _depth(lines[end]) > depth):
        end += 1
    taken = b"".join(lines[start:end]).decode("utf-8", "surrogateescape")
    own = textwrap.dedent(taken).encode("utf-8", "surrogateescape")
    return b"".join([*(line for line in lines if _IMPORTING.match(line)), own])


def _depth(line: bytes) -> int:
    return len(line) - len(line.lstrip())
