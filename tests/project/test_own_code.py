"""Our own code, tests and benchmarks pass the check with every code on, at whatever confidence."""

from __future__ import annotations

from pathlib import Path

import pytest

from tmpleak_lint.cli import main

PROJECT = Path(__file__).parents[2]
FOLDERS = ("tmpleak_lint", "tests", "benchmarks", "docs", "noxfile.py")


def test_our_own_code_has_no_finding(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(PROJECT)
    everything = (
        "--isolated",
        "--no-cache",
        "--select",
        "TML",
        "--min-confidence",
        "low",
        "--output-format",
        "concise",
    )
    status = main([*everything, *FOLDERS])
    out, err = capsys.readouterr()
    assert (status, out) == (0, ""), out
    checked = int(err.split("(")[1].split(" ")[0])
    assert checked > 400, "tests and benchmarks are read, too"
