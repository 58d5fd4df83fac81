"""The VS Code extension is type-checked, built and tested with npm's packages, against the server of this checkout.

Needs Node 20 and npm, and what `npm ci` fetches; skipped with the reason where one is missing.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tmpleak_lint.hosts.server.options import read_options

EXTENSION = Path(__file__).parents[2] / "editors" / "vscode"
MANIFEST = json.loads((EXTENSION / "package.json").read_text(encoding="utf-8"))
PROPERTIES = MANIFEST["contributes"]["configuration"]["properties"]


def npm(folder: Path, *arguments: str) -> str:
    server = [sys.executable, "-P", "-m", "tmpleak_lint", "server"]
    done = subprocess.run(
        [shutil.which("npm") or "npm", *arguments], cwd=folder, capture_output=True, text=True, check=False,
        env={**os.environ, "TMPLEAK_SERVER": json.dumps(server), "CI": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_extension_is_sound(tmp_path: Path) -> None:
    missing = [name for name in ("node", "npm") if shutil.which(name) is None]
    missing += [name for name in ("pygls",) if importlib.util.find_spec(name) is None]
    if missing:
        pytest.skip(f"no {', '.join(missing)} on this machine")
    folder = tmp_path / "vscode"
    shutil.copytree(EXTENSION, folder, ignore=shutil.ignore_patterns("node_modules", "out", "dist"))
    npm(folder, "ci", "--no-audit", "--no-fund")
    npm(folder, "run", "check")
    npm(folder, "run", "build")
    assert "TML" not in (folder / "dist" / "extension.js").read_text(
        encoding="utf-8"
    )  # rules are the server's
    said = npm(folder, "test")
    assert "# fail 0" in said
    assert "# skipped 0" in said


def test_every_setting_of_the_extension_is_one_of_the_server() -> None:
    samples = {"boolean": False, "string": None, "array": ["TML1"]}
    values = {}
    for name, about in PROPERTIES.items():
        kinds = about["type"] if isinstance(about["type"], list) else [about["type"]]
        value = about["enum"][-1] if "enum" in about else samples[kinds[0]]
        values[name.removeprefix("tmpleak-lint.")] = "pyproject.toml" if value is None else value
    values["trace"] = {"server": values.pop("trace.server")}
    options, complaints = read_options(values)
    assert complaints == []
    assert (options.enable, options.run, options.configuration) == (False, "onSave", "pyproject.toml")
    assert options.overrides == dict.fromkeys(("select", "extend_select", "ignore"), ("TML1",))


def test_defaults_of_the_settings_change_nothing() -> None:
    defaults = {name.removeprefix("tmpleak-lint."): about["default"] for name, about in PROPERTIES.items()}
    del defaults["trace.server"]
    assert read_options(defaults) == read_options({})


def test_versions_and_licence_go_together() -> None:
    from tmpleak_lint import __version__

    assert MANIFEST["version"] == __version__ or ".dev" in __version__  # npm knows no .dev
    assert (EXTENSION / "LICENSE").read_bytes() == (EXTENSION.parents[1] / "LICENSE").read_bytes()
    assert "resolved" not in (EXTENSION / "package-lock.json").read_text(encoding="utf-8")
