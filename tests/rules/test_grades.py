"""The fix and the confidence that the registry states for a rule are those of its findings in pages and fixtures."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pytest

from tests.rules.pages import examples_of
from tmpleak_lint import Settings, check_source
from tmpleak_lint.model import Applicability, Confidence, Finding
from tmpleak_lint.rules import RULES

FIXTURES = Path(__file__).parents[2] / "fixtures"
EVERYTHING = Settings(select=("TML",), min_confidence="low")
GRADES = [Applicability.SAFE, Applicability.UNSAFE]
LEVELS = [Confidence.HIGH, Confidence.MEDIUM, Confidence.LOW]


@pytest.fixture(scope="module")
def findings() -> dict[str, list[Finding]]:
    texts: list[str | bytes] = [
        example.source for code in RULES for example in examples_of(code) if example.kind == "leaking"
    ]
    texts += [file.read_bytes() for file in sorted(FIXTURES.glob("leaky/*.py"))]
    texts += [file.read_bytes() for file in sorted(FIXTURES.glob("fixes/*.before.py"))]
    found = defaultdict(list)
    for text in texts:
        for finding in check_source(text, settings=EVERYTHING, fixes=True).findings:
            found[finding.code].append(finding)
    return found


@pytest.mark.parametrize("code", RULES)
def test_registry_states_the_best_that_is_found(code: str, findings: dict[str, list[Finding]]) -> None:
    assert findings[code]
    grades = {found.fix.applicability for found in findings[code] if found.fix is not None}
    assert RULES[code].fix == next((grade.value for grade in GRADES if grade in grades), "")
    levels = {found.confidence for found in findings[code]}
    assert RULES[code].confidence == next(level.value for level in LEVELS if level in levels)
