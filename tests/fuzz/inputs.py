"""The inputs of a campaign, by number: each number is always the same input.

In: a seed, a number, real files to damage. Out: a name and the bytes of a file.
"""

from __future__ import annotations

import random
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
    if kind == "damaged":
        data = chance.choice(files).read_bytes()
        for _ in range(chance.randint(1, 3)):
            data = chance.choice(DAMAGES)(chance, data) if data else data
        return chance, Input(kind, "case.py", data)
    if kind == "grammar":
        return chance, Input(kind, "case.py", program(chance)[0].encode(), valid=True)
    if kind == "laid out":
        made, _ = program(chance, (3, 11)) if chance.random() < 0.5 else (nth(seed, number).source, None)
        return chance, Input(kind, "case.py", laid_out(chance, made, 0.3).encode())
    if kind == "graph":
        graph = draw(chance)
        names = sorted(graph.definitions)
        return chance, Input(
            kind, "case.py", graph.module(chance.sample(names, len(names))).encode(), valid=True
        )
    if kind == "drawn":
        return chance, Input(kind, "case.py", nth(seed, number).source.encode(), valid=True)
    return chance, Input(kind, "case.ipynb", notebook(chance, chance.choice(files).read_bytes()))
