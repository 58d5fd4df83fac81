"""Registry, pages, changelog and fixtures tell of the same codes."""

from __future__ import annotations

import dataclasses
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.rules.pages import HEADINGS, KINDS, examples_of, headings_of, marks_of
from tmpleak_lint.rules import RULES, Rule, page

ROOT = Path(__file__).parents[2]
CODE = re.compile(r"TML\d{3}")


def test_codes_are_in_order_and_name_themselves() -> None:
    assert list(RULES) == sorted(RULES)
    assert all(CODE.fullmatch(code) and rule.code == code for code, rule in RULES.items())
    assert len({rule.name for rule in RULES.values()}) == len(RULES)


def test_tier_follows_from_the_code() -> None:
    tiers = {code: {"1": 1, "2": 2}.get(code[3]) for code in RULES}
    assert {code: rule.tier for code, rule in RULES.items()} == tiers


def test_only_the_fours_are_opt_in() -> None:
    assert {code for code, rule in RULES.items() if not rule.default_on} == {
        code for code in RULES if code.startswith("TML4")
    }


def test_a_rule_is_frozen_and_the_registry_too() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        RULES["TML101"].name = "other"  # type: ignore[misc]
    with pytest.raises(TypeError):
        RULES["TML999"] = RULES["TML101"]  # type: ignore[index]


def test_every_code_has_a_page_and_every_page_a_code() -> None:
    pages = {file.stem for file in (ROOT / "tmpleak_lint" / "rules").glob("*.md")}
    assert pages == set(RULES)


def test_a_page_for_an_unknown_code_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        page("TML999")


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.code)
def test_page_begins_with_what_the_registry_says(rule: Rule) -> None:
    title, blank, facts, *_ = page(rule.code).split("\n")
    said = ["On by default." if rule.default_on else "Opt-in."]
    said += [f"Tier {rule.tier}."] if rule.tier else []
    said += [", ".join(f"CWE-{number}" for number in rule.cwe) + "."] if rule.cwe else []
    assert title == f"# {rule.code} {rule.name}"
    assert blank == ""
    assert facts == " ".join(said)


@pytest.mark.parametrize("code", RULES)
def test_page_has_the_fixed_headings(code: str) -> None:
    assert headings_of(code) == HEADINGS


@pytest.mark.parametrize("code", RULES)
def test_page_names_the_rules_that_the_registry_relates(code: str) -> None:
    section = page(code).partition("## Related rules\n")[2]
    missing = [related for related in RULES[code].related if related.split()[1] not in section]
    assert not missing
    assert all(f"CWE-{number}" in section for number in RULES[code].cwe)
    assert set(CODE.findall(page(code))) <= set(RULES)


@pytest.mark.parametrize("code", RULES)
def test_page_shows_all_kinds_of_examples_and_marks_the_leaking_ones_only(code: str) -> None:
    examples = examples_of(code)
    assert {example.kind for example in examples} == set(KINDS)
    for example in examples:
        expected = {code} if example.kind == "leaking" else set()
        assert {marked for _, marked in example.marks} == expected, str(example)


@pytest.mark.parametrize("code", RULES)
def test_every_code_block_of_a_page_is_an_example(code: str) -> None:
    fences = re.findall(r"^```(.*)$", page(code), re.MULTILINE)
    assert len(fences) == 2 * len(examples_of(code))


@pytest.mark.parametrize("code", RULES)
def test_page_fits_its_lines(code: str) -> None:
    assert [line for line in page(code).splitlines() if len(line) > 115] == []


def test_fixtures_show_every_code() -> None:
    shown = {
        code
        for file in (ROOT / "fixtures" / "leaky").glob("*.py")
        for _, code in marks_of(file.read_text(encoding="utf-8"))
    }
    assert shown == set(RULES)


def test_changelog_names_every_code_with_its_name() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    told = re.findall(r"^\s*- (TML\d{3}) ([a-z-]+)", changelog, re.MULTILINE)
    assert dict(told) == {code: rule.name for code, rule in RULES.items()}


def test_listing_and_reading_rules_loads_no_syntax_tree_library() -> None:
    program = (
        "import sys; from tmpleak_lint.rules import RULES, page; [page(code) for code in RULES];"
        "print('libcst' in sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, cwd=ROOT, check=True)
    assert ran.stdout.strip() == b"False"
