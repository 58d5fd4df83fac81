"""What lies around a file and is read with it: settings, notebooks, baselines, results. Drawn, whole or damaged.

In: a source of chance. Out: the bytes of such a file.
"""

from __future__ import annotations

import json
import random
from typing import Any

from tests.fuzz.mutations import DAMAGES
from tmpleak_lint.rules import RULES
from tmpleak_lint.settings import OPTIONS

VALUES: tuple[Any, ...] = (
    True, False, 0, 1, -1, 2**70, 0.5, "", "x", "TML1", "TML", "*", "[", "**/", "../..", "/", "a\n\x1b", "\u202e",
    [], [""],
    ["TML101", "TML4"], [1], {}, {"*.py": ["TML1"]}, {"[": "TML"}, "high", "low", "3.11", "json",
    ["os.remove", "a.b.c"],
)  # fmt: skip


def any_value(chance: random.Random, depth: int = 0) -> Any:
    """A value of JSON, mostly of the kinds that are expected somewhere."""
    if depth < 3 and chance.random() < 0.2:
        return [any_value(chance, depth + 1) for _ in range(chance.randrange(3))]
    if depth < 3 and chance.random() < 0.1:
        return {str(any_value(chance, 3)): any_value(chance, depth + 1) for _ in range(chance.randrange(3))}
    return chance.choice(VALUES)


def damaged(chance: random.Random, data: bytes) -> bytes:
    """The bytes as they are, or damaged."""
    return chance.choice(DAMAGES)(chance, data) if data and chance.random() < 0.5 else data


def settings(chance: random.Random) -> bytes:
    """A `pyproject.toml` with some of our options, or with others, of fitting values or of any."""
    names = [option.key for option in OPTIONS]
    lines = [
        chance.choice(("[tool.tmpleak-lint]", "[tool.tmpleak-lint]", "[tool]", "[[tool.tmpleak-lint]]", ""))
    ]
    for name in chance.sample(names, chance.randrange(4)):
        key = name if chance.random() < 0.9 else name[:-1] + "x"
        lines.append(f"{key} = {_toml(any_value(chance))}")
    return damaged(chance, "\n".join(lines).encode("utf-8", "replace"))


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {_toml(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return json.dumps(value)


def notebook(chance: random.Random, source: bytes) -> bytes:
    """A notebook whose cells hold pieces of a source, magics among them, in either format."""
    lines = source.decode("utf-8", "replace").splitlines(True)
    cells: list[Any] = []
    while lines:
        taken, lines = lines[: (size := chance.randint(1, 20))], lines[size:]
        text: Any = taken if chance.random() < 0.5 else "".join(taken)
        if chance.random() < 0.2:
            text = chance.choice(
                ("%%bash\nrm x\n", "!ls {path}\n", "x = !ls\n", "%time f()\n", "?f\n", "%%time\nf()\n")
            )
        kind = chance.choice(("code", "code", "code", "markdown", "raw"))
        cells.append({"cell_type": kind, "source": text, "metadata": {}, "outputs": []})
    if chance.random() < 0.2:
        cells.append(any_value(chance))
    document: dict[str, Any] = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    if chance.random() < 0.2:
        document = {"worksheets": [{"cells": cells}], "nbformat": 3}
    if chance.random() < 0.2:
        document[chance.choice(("metadata", "cells", "nbformat"))] = any_value(chance)
    return damaged(chance, json.dumps(document, indent=chance.choice((None, 1))).encode())


def baseline(chance: random.Random) -> bytes:
    """A baseline with entries that fit, or don't."""
    entries = [
        {
            "path": chance.choice(("case.py", "../x", "", "\x00")),
            "code": chance.choice([*RULES, "x"]),
            "function": "f",
            "fingerprint": f"{chance.getrandbits(160):040x}",
        }
        for _ in range(chance.randrange(4))
    ]
    document: Any = {"version": chance.choice((1, 1, 1, 2, "1")), "entries": entries}
    if chance.random() < 0.3:
        document[chance.choice(("version", "entries"))] = any_value(chance)
    return damaged(chance, json.dumps(document, indent=2).encode())


def results(chance: random.Random) -> bytes:
    """A file of results that another program could have written."""
    lines = [
        {"tmpleak-lint": "0.1.0", "results": 1, "about": "x"},
        {"stamp": "y", "files": 1, "outcomes": any_value(chance)},
    ]
    return damaged(chance, b"".join(json.dumps(line).encode() + b"\n" for line in lines))
