"""Do packages still pass their own tests after `--fix`? From pinned source archives, every test before and after.

python -m benchmarks.fix_suites [--unsafe-fixes] [--keep FOLDER] [--only PACKAGE]

In: the packages of `SUITES` (from the package index, by pip). Out: for each the fixes made, and the number of tests by
outcome before and after; exit status 1 when any test's outcome differs, or when nothing was fixed. The tests run in a
virtual environment of their own.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import venv
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Suite:
    """A source archive, where its code and tests are, and what its tests need besides pytest."""

    pin: str
    code: str
    tests: str
    needs: tuple[str, ...] = ()
    path: str = "."


SUITES = (
    Suite("mako==1.4.3", "mako", "test", ("markupsafe",)),
    Suite("cachelib==0.17.0", "src", "tests/test_file_system_cache.py", ("pytest-xprocess",), "src"),
    Suite("webassets==3.0.0", "src", "tests", ("pyyaml", "jinja2"), "src"),
    Suite("dulwich==1.2.21", ".", "tests", ("urllib3", "merge3", "typing_extensions")),
    Suite("rarfile==4.5", "rarfile.py", "test"),
    Suite("dparse==0.6.4", "dparse", "tests", ("tomli", "packaging", "pyyaml")),
    Suite("xonsh==0.25.0", "xonsh/foreign_shells.py", "tests/test_foreign_shells.py", ("pyte",)),
    Suite("docutils==0.23", "docutils", "test"),
    Suite("supervisor==4.3.0", "supervisor", "supervisor/tests", ("setuptools<80",)),
)


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--unsafe-fixes", action="store_true")
    parser.add_argument(
        "--keep", type=Path, metavar="FOLDER", help="work there and leave everything in place"
    )
    parser.add_argument("--only", metavar="PACKAGE", help="this package alone")
    options = parser.parse_args(argv)
    suites = [suite for suite in SUITES if options.only in (None, suite.pin.partition("==")[0])]
    if options.keep is not None:
        options.keep.mkdir(parents=True, exist_ok=True)
        return run(options.keep, suites, unsafe=options.unsafe_fixes)
    with tempfile.TemporaryDirectory() as folder:
        return run(Path(folder), suites, unsafe=options.unsafe_fixes)


def run(folder: Path, suites: Sequence[Suite], *, unsafe: bool) -> int:
    python = environment(folder / "venv")
    different = 0
    for suite in suites:
        root = unpacked(folder, suite)
        before = outcomes(python, root, suite)
        made = fixes(root / suite.code, unsafe=unsafe)
        after = outcomes(python, root, suite)
        equal = before == after and bool(before) and made > 0
        different += not equal
        print(f"{suite.pin}: {made} fixes; before {counts(before)}; after {counts(after)}: "
              f"{'equal' if equal else 'DIFFERENT'}")  # fmt: skip
        for name in sorted(before.keys() | after.keys()):
            if before.get(name) != after.get(name):
                print(f"  {name}: {before.get(name)} -> {after.get(name)}")
    return int(different > 0)


def environment(folder: Path) -> Path:
    """A virtual environment with what the suites need; gives its Python."""
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
        needed = sorted({need for suite in SUITES for need in suite.needs})
        subprocess.run([python, "-m", "pip", "install", "-q", "pytest", *needed], check=True)
    return python


def unpacked(folder: Path, suite: Suite) -> Path:
    """The package's archive, unpacked afresh."""
    name, _, version = suite.pin.partition("==")
    archive = folder / f"{name}-{version}.tar.gz"
    if not archive.exists():
        command = [
            sys.executable,
            "-m",
            "pip",
            "download",
            "-q",
            "--no-deps",
            "--no-binary",
            ":all:",
            suite.pin,
        ]
        subprocess.run([*command, "-d", folder], check=True)
    root = folder / f"{name}-{version}"
    if root.exists():
        shutil.rmtree(root)
    with tarfile.open(archive) as opened:
        opened.extractall(folder, filter="data")
    return root


def fixes(code: Path, *, unsafe: bool) -> int:
    """Fix the code in place; how many findings were fixed."""
    flags = ["--unsafe-fixes"] if unsafe else []
    command = [sys.executable, "-m", "tmpleak_lint", "--isolated", "--fix", "--show-fixes", *flags, str(code)]
    done = subprocess.run(command, capture_output=True, text=True, env=own_environment())
    if done.returncode not in (0, 1):
        raise SystemExit(done.stderr)
    return sum(" fixed: " in line for line in done.stderr.splitlines())


def own_environment() -> dict[str, str]:
    here = str(Path(__file__).parents[1])
    return {**os.environ, "PYTHONPATH": here}


def outcomes(python: Path, root: Path, suite: Suite) -> Mapping[str, str]:
    """Every test and how it ended."""
    report = root / "outcomes.xml"
    report.unlink(missing_ok=True)
    command = [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", suite.tests, f"--junitxml={report}"]
    paths = {**os.environ, "PYTHONPATH": str(root / suite.path)}
    subprocess.run(command, cwd=root, env=paths, capture_output=True, timeout=900)
    ended: dict[str, str] = {}
    for case in ET.parse(report).iter("testcase"):
        kinds = [child.tag for child in case if child.tag in ("failure", "error", "skipped")]
        ended[f"{case.get('classname')}::{case.get('name')}"] = kinds[0] if kinds else "passed"
    return ended


def counts(ended: Mapping[str, str]) -> str:
    return (
        ", ".join(f"{count} {kind}" for kind, count in sorted(Counter(ended.values()).items())) or "nothing"
    )


if __name__ == "__main__":
    sys.exit(main())
