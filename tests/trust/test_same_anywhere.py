"""The same report in any locale, time zone and working directory, by relative and absolute names and through links.

Workers, hash seeds, orders and doors: `tests/analysis/test_same_everywhere.py`; definitions and questions:
`tests/session/test_order.py`; that the program itself doesn't matter: the test matrix of CI.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

FIXTURES = Path(__file__).parents[2] / "fixtures"


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    top = tmp_path_factory.mktemp("same") / "tree"
    shutil.copytree(FIXTURES / "leaky", top)
    (top / "letters.py").write_bytes((top / "renderer.py").read_bytes() + "# é ß ı İ\n".encode())
    return top


def told(folder: Path, path: str, **environment: str) -> list[dict[str, Any]]:
    command = [
        sys.executable,
        "-P",
        "-m",
        "tmpleak_lint",
        "--isolated",
        "--no-cache",
        "--select",
        "TML",
        "-q",
    ]
    done = subprocess.run(
        [*command, "--output-format", "json", path],
        cwd=folder, env={**os.environ, **environment}, capture_output=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr.decode()
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize(
    "environment",
    [
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR.UTF-8"},
        {
            "PYTHONIOENCODING": "ascii",
            "TZ": "Pacific/Kiritimati",
            "COLUMNS": "20",
            "TERM": "dumb",
            "CI": "true",
        },
        {"PYTHONHASHSEED": "1", "PYTHONOPTIMIZE": "2", "FORCE_COLOR": "1", "PYTHONDEVMODE": "1"},
    ],
    ids=["C", "Turkish", "terminal", "interpreter"],
)
def test_environment_changes_nothing(tree: Path, environment: dict[str, str]) -> None:
    expected = told(tree, ".")
    assert len(expected) > 10
    assert told(tree, ".", **environment) == expected


def test_working_directory_and_the_way_to_a_file_change_nothing(tree: Path) -> None:
    expected = told(tree, ".")
    assert (
        told(tree.parent, "tree") == told(Path("/").resolve(), str(tree)) == told(tree, "../tree") == expected
    )
    link = tree.parent / "link"
    link.symlink_to(tree, target_is_directory=True)

    def without_names(found: list[dict[str, Any]]) -> str:
        return json.dumps(found).replace(str(link), str(tree))

    assert without_names(told(tree.parent, "link")) == without_names(expected)
