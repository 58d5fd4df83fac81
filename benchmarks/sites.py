"""Labelled creation sites: reading the tables, and finding creating calls in a file.

In: a label table (see `labels/README.md`) or the text of a Python file. Out: `Label` and `CallSite` values.
Does not run or import what it reads, and knows nothing of the analysis.
"""

from __future__ import annotations

import ast
import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

LABELS = Path(__file__).parent / "labels"
SPLITS = ("visible", "second")

CREATORS = frozenset(
    {
        "mkstemp",
        "mkdtemp",
        "mktemp",
        "NamedTemporaryFile",
        "TemporaryFile",
        "TemporaryDirectory",
        "SpooledTemporaryFile",
    }
)


@dataclass(frozen=True, slots=True)
class Label:
    """One labelled creation site; the columns are those of `labels/README.md`, plus the split."""

    split: str
    distribution: str
    version: str
    path: str
    line: int
    creator: str
    verdict: str
    kind: str
    tier: int | None
    witness: str
    note: str
    reach: str

    @property
    def place(self) -> str:
        return f"{self.distribution}/{self.path}:{self.line}"


@dataclass(frozen=True, slots=True)
class CallSite:
    """A call of a tempfile creator: its first and last line, and whether it is a `with` item as it stands."""

    line: int
    end_line: int
    creator: str
    with_item: bool
    delete_given: bool


def read_labels(split: str, folder: Path = LABELS) -> list[Label]:
    """All labels of one split, in the order of the file. Raises ValueError on a malformed row."""
    path = folder / f"{split}.tsv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [_label(split, row, f"{path.name}:{number}") for number, row in enumerate(rows, 2)]


def _label(split: str, row: dict[str, str], where: str) -> Label:
    if None in row or None in row.values():
        raise ValueError(f"{where}: wrong number of columns")
    tier = None if row["tier"] == "-" else int(row["tier"])
    if (row["verdict"] == "leak") != (tier is not None):
        raise ValueError(f"{where}: a leak has a tier, every other verdict has none")
    texts = {name: value for name, value in row.items() if name not in ("line", "tier")}
    return Label(split=split, line=int(row["line"]), tier=tier, **texts)


def creation_calls(source: bytes) -> list[CallSite]:
    """The calls of `tempfile` creators in a file, through whatever names its imports give them."""
    tree = ast.parse(source)
    modules: set[str] = set()
    functions: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules.update(a.asname or a.name for a in node.names if a.name == "tempfile")
        elif isinstance(node, ast.ImportFrom) and node.module == "tempfile":
            functions.update((a.asname or a.name, a.name) for a in node.names if a.name in CREATORS)
    with_items = {
        id(item.context_expr)
        for node in ast.walk(tree)
        if isinstance(node, ast.With | ast.AsyncWith)
        for item in node.items
    }
    return sorted(_calls(tree, modules, functions, with_items), key=lambda site: (site.line, site.end_line))


def _calls(
    tree: ast.AST, modules: set[str], functions: dict[str, str], with_items: set[int]
) -> Iterator[CallSite]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        creator = _creator(node.func, modules, functions)
        if creator is not None:
            yield CallSite(
                line=node.lineno,
                end_line=node.end_lineno or node.lineno,
                creator=creator,
                with_item=id(node) in with_items,
                delete_given=any(keyword.arg == "delete" for keyword in node.keywords),
            )


def _creator(func: ast.expr, modules: set[str], functions: dict[str, str]) -> str | None:
    match func:
        case ast.Attribute(value=ast.Name(id=module), attr=attr) if module in modules and attr in CREATORS:
            return attr
        case ast.Name(id=name):
            return functions.get(name)
    return None
