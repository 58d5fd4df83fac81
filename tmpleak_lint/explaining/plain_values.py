"""The account of an obligation as plain values, for `--json`: the keys are documented in docs/explain.md
and stable."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tmpleak_lint.explaining.account import Account, Cause, Remedy, WayOut
from tmpleak_lint.model import Location, Step
from tmpleak_lint.rules import RULES, Rule, page, url

Lines = Mapping[tuple[str, int | None], tuple[str, ...]]


def account_values(account: Account, lines: Lines) -> dict[str, Any]:
    """The values of one account. `lines` are the rows of each file, or cell of a notebook, that the path names."""
    return {
        "kind": "finding" if account.code else "clean",
        "code": account.code or None,
        "name": account.name or None,
        "message": account.message,
        "filename": account.filename,
        "cell": account.cell,
        "location": _location(account.span.start),
        "end_location": _location(account.span.end),
        "function": account.function,
        "obligation": account.obligation,
        "fingerprint": account.fingerprint or None,
        "confidence": None if account.confidence is None else account.confidence.value,
        "reasons": list(account.reasons),
        "silenced": account.silenced or None,
        "path": [_step(step, lines) for step in account.path],
        "cause": None if account.cause is None else _cause(account.cause),
        "ways_out": [_way(way) for way in account.ways],
        "ways_out_complete": not account.incomplete,
        "stays": account.stays or None,
        "symptoms": [
            {"sign": row.sign, "who": row.who, "when": row.when, "look": row.look} for row in account.symptoms
        ],
        "fix": None if account.remedy is None else _remedy(account.remedy),
        "silence": [{"how": row.how, "text": row.text, "honest": row.honest} for row in account.silencers],
        "rule": rule_values(RULES[account.code]) if account.code else None,
    }


def rule_values(rule: Rule, *, whole: bool = False) -> dict[str, Any]:
    """The values of a rule; `whole`: its page too."""
    values: dict[str, Any] = {
        "code": rule.code,
        "name": rule.name,
        "summary": rule.summary,
        "default_on": rule.default_on,
        "tier": rule.tier,
        "confidence": rule.confidence,
        "fix": rule.fix or None,
        "url": url(rule.code),
        "cwe": list(rule.cwe),
        "related": list(rule.related),
    }
    return {**values, "page": page(rule.code)} if whole else values


def _location(at: Location) -> dict[str, int]:
    return {"row": at.row, "column": at.column}


def _step(step: Step, lines: Lines) -> dict[str, Any]:
    known = lines.get((step.filename, step.cell), ())
    row = step.span.start.row
    return {
        "filename": step.filename,
        "cell": step.cell,
        "location": _location(step.span.start),
        "end_location": _location(step.span.end),
        "event": step.event.value,
        "message": step.message,
        "source": known[row - 1].rstrip() if 0 < row <= len(known) else None,
    }


def _cause(cause: Cause) -> dict[str, Any]:
    failures = [{"kind": one.kind, "what": one.what, "raises": one.raises} for one in cause.failures]
    return {
        "row": cause.row,
        "cell": cause.cell,
        "source": cause.text,
        "raises": cause.raises,
        "needed": cause.needed,
        "more": cause.more,
        "failures": failures,
    }


def _way(way: WayOut) -> dict[str, Any]:
    return {
        "leaving": way.leaving.value,
        "rows": list(way.rows),
        "cells": list(way.cells) or None,
        "outcome": way.outcome.value,
        "by_row": way.row or None,
        "by_source": way.text or None,
        "message": way.words,
    }


def _remedy(remedy: Remedy) -> dict[str, Any]:
    fix = remedy.fix
    return {
        "applicability": None if fix is None else fix.applicability.value,
        "message": remedy.hint if fix is None else fix.message,
        "diff": remedy.diff or None,
        "ways_out": [_way(way) for way in remedy.holds],
        "refused": remedy.refused or None,
    }
