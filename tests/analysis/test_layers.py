"""The rooms and modules of the analysis import one way: a reader can start at the bottom and never has to look up."""

from __future__ import annotations

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import tmpleak_lint

ROOT = Path(tmpleak_lint.__file__).parents[1]
FOLDER = ROOT / "tmpleak_lint" / "analysis"
ROOMS = ("domain", "queries", "explore", "semantics", "verdict")


def imported_by(path: Path) -> set[str]:
    """The modules that a file imports, wherever in it the import stands."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module is not None:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
    return names


def dotted(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def room_of(name: str) -> str | None:
    parts = name.split(".")
    return parts[2] if parts[:2] == ["tmpleak_lint", "analysis"] and len(parts) > 2 else None


def test_no_module_of_the_analysis_imports_in_a_circle() -> None:
    files = {dotted(path): path for path in FOLDER.rglob("*.py")}
    # Importing anything from a package runs the package's __init__: it counts where it is named itself.
    graph = {name: imported_by(path) & files.keys() - {name} for name, path in files.items()}
    packages = {name for name, path in files.items() if path.name == "__init__.py"}
    plain = {name: before - packages for name, before in graph.items()}
    order = list(TopologicalSorter(plain).static_order())
    assert len(order) == len(files)


def test_rooms_of_the_analysis_import_one_way() -> None:
    assert sorted(ROOMS) == sorted(path.parent.name for path in FOLDER.glob("*/__init__.py"))
    crossed = 0
    for path in FOLDER.glob("*/**/*.py"):
        own = ROOMS.index(path.relative_to(FOLDER).parts[0])
        for name in imported_by(path):
            other = room_of(name)
            if other in ROOMS:
                crossed += ROOMS.index(other) != own
                assert ROOMS.index(other) <= own, f"{path}: {name}"
    assert crossed > 50


def test_design_page_lists_the_rooms_of_the_analysis_in_their_order() -> None:
    text = (ROOT / "docs" / "design.md").read_text(encoding="utf-8")
    places = [text.index(f"| `analysis/{room}` |") for room in ROOMS]
    assert places == sorted(places)
