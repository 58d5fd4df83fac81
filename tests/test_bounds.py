"""Every bound stands in one module, and the table of the design page is that module's."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from tmpleak_lint import bounds

ROOT = Path(__file__).parents[1]
ROOMS = ("flow", "reading", "analysis", "fixing", "session.py", "fixes.py")
# Whole numbers that limit no cost: names of things, widths of texts, how work is cut into pieces.
NO_BOUNDS = {
    "TRACKED",
    "MANAGED",
    "STRANGER",
    "SNIPPET",
    "FRAMES",
    "AT_ONCE",
    "NEAR",
    "_BESIDE",
    "USUAL_WIDTH",
}


def test_design_page_shows_the_table() -> None:
    page = (ROOT / "docs" / "design.md").read_text(encoding="utf-8")
    section = page.partition("## Bounds\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (.+) \| (.+) \| (.+) \|$", section, re.MULTILINE)
    assert [bounds.Bound(*row) for row in rows] == list(bounds.TABLE)


def test_every_bound_is_in_the_table() -> None:
    shown = " ".join(f"{row.of} {row.most}" for row in bounds.TABLE).replace(",", "")
    stated = {int(number) for number in re.findall(r"\d+", shown)}
    values = {
        name: value for name, value in vars(bounds).items() if name.isupper() and isinstance(value, int)
    }
    assert len(values) >= 20
    assert {name for name, value in values.items() if value not in stated} == set()


def test_no_other_module_of_the_analysis_has_a_bound_of_its_own() -> None:
    files = [path for room in ROOMS for path in sorted((ROOT / "tmpleak_lint").glob(f"{room}/**/*.py"))]
    files += [ROOT / "tmpleak_lint" / room for room in ROOMS if room.endswith(".py")]
    assert len(files) > 60
    own = {
        f"{path.relative_to(ROOT)}: {target.id}"
        for path in files
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if type(node.value.value) is int and isinstance(target, ast.Name) and target.id not in NO_BOUNDS
    }
    assert own == set()
