"""What `explain` prints for one place, word for word. `pytest --update` writes the files anew."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.explaining.sources import SAMPLES
from tmpleak_lint.cli.explain import main

GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize("name", SAMPLES)
def test_text_of_a_place(
    name: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    request: pytest.FixtureRequest,
) -> None:
    source, row = SAMPLES[name]
    (tmp_path / f"{name}.py").write_text(source)
    monkeypatch.chdir(tmp_path)
    assert main([f"{name}.py:{row}", "--isolated"]) == 0
    text = capsys.readouterr().out
    golden = GOLDEN / f"{name}.txt"
    if request.config.getoption("--update"):
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


def test_every_golden_file_has_its_sample() -> None:
    assert {file.stem for file in GOLDEN.glob("*.txt")} == set(SAMPLES)


@pytest.mark.parametrize("name", ["cross_helper", "clean"])
def test_output_in_the_documentation_is_real(name: str) -> None:
    docs = Path(__file__).parents[2] / "docs" / "explain.md"
    golden = (GOLDEN / f"{name}.txt").read_text(encoding="utf-8")
    command = f"$ tmpleak-lint explain {name}.py:{SAMPLES[name][1]}\n"
    assert f"```console\n{command}{golden}```" in docs.read_text(encoding="utf-8")
