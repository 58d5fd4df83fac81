"""The modules of the analysis import one way: a reader can start at the bottom and never has to look up."""

from __future__ import annotations

import ast
from graphlib import TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "tmpleak_lint" / "ownership"


def imported_by(path: Path) -> set[str]:
    """The modules of the folder that a file imports, wherever in it the import stands."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module is not None:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
    return names


def dotted(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def test_no_module_of_the_analysis_imports_in_a_circle() -> None:
    files = {dotted(path): path for path in FOLDER.rglob("*.py")}
    # Importing anything from a package runs the package's __init__: it counts where it is named itself.
    graph = {name: imported_by(path) & files.keys() - {name} for name, path in files.items()}
    packages = {name for name, path in files.items() if path.name == "__init__.py"}
    plain = {name: before - packages for name, before in graph.items()}
    order = list(TopologicalSorter(plain).static_order())
    assert len(order) == len(files)


def test_the_engine_of_the_walk_knows_no_meanings() -> None:
    engine = imported_by(FOLDER / "walk.py")
    assert not {name for name in engine if name.startswith("tmpleak_lint.ownership.transfer")}


def test_operations_know_nothing_of_judgement() -> None:
    above = {
        f"tmpleak_lint.ownership.{name}" for name in ("judge", "owners", "places", "neighbourhood", "report")
    }
    for path in (FOLDER / "transfer").glob("*.py"):
        assert not imported_by(path) & above, path.name
