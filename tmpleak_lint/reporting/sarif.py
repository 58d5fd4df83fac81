"""The `sarif` format: SARIF 2.1.0, read by code scanning services and editors.

In: the run. Out: one log with one run. The path of a finding is its code flow (where several calls lose what one
creation makes, each has its own, and is a related location), the help of a rule its
page, silenced findings are results with suppressions, notes are notifications of the invocation. File
names are relative to `SRCROOT`, which is left to the reader to bind. In a notebook there are no
regions: SARIF knows rows of files only, and a finding's rows count within its cell.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from tmpleak_lint.creations import losses_of
from tmpleak_lint.model import Confidence, FileReport, Finding, Fix, Location, Span
from tmpleak_lint.reporting import RenderContext, RunReport
from tmpleak_lint.reporting.json_text import json_text
from tmpleak_lint.reporting.notes import notes
from tmpleak_lint.rules import RULES, SITE, Rule, page, url
from tmpleak_lint.suppression.fingerprint import fingerprints_of_report
from tmpleak_lint.suppression.names import relative

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_BASE = "SRCROOT"
_LEVELS = {1: "error", 2: "warning"}
_OTHER_LEVEL = "warning"
_BRACKET = re.compile(r"([\\\[\]])")
_IN_SOURCE = {"kind": "inSource", "status": "accepted"}
_IN_BASELINE = {"kind": "external", "status": "accepted", "justification": "in the baseline"}

Json = dict[str, Any]
_RANKS = {Confidence.HIGH: 90.0, Confidence.MEDIUM: 60.0, Confidence.LOW: 20.0}  # of 100


def render(run: RunReport, context: RenderContext) -> str:
    """Return the SARIF log."""
    index = {code: number for number, code in enumerate(RULES)}
    results = [result for report in run.shown() for result in _results(report, index, context)]
    log = {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": _driver(run.version)},
                "taxonomies": [_weaknesses()],
                "columnKind": "unicodeCodePoints",
                "originalUriBaseIds": {_BASE: {"description": {"text": "The folder that was checked from."}}},
                "invocations": [_invocation(run, context)],
                "results": results,
            }
        ],
    }
    return json_text(log, 1)


# The tool


def _driver(version: str) -> Json:
    return {
        "name": "tmpleak-lint",
        "version": version,
        "semanticVersion": version,
        "informationUri": SITE,
        "shortDescription": {"text": "Finds temporary files and directories that can stay behind."},
        "supportedTaxonomies": [{"name": "CWE", "index": 0}],
        "rules": [_rule(rule) for rule in RULES.values()],
    }


def _rule(rule: Rule) -> Json:
    tags = [f"external/cwe/cwe-{number}" for number in rule.cwe]
    return {
        "id": rule.code,
        "name": rule.name,
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": rule.summary},
        "helpUri": url(rule.code),
        "help": {
            "text": f"{rule.summary} More: tmpleak-lint explain {rule.code}",
            "markdown": page(rule.code),
        },
        "defaultConfiguration": {"enabled": rule.default_on, "level": _level(rule.tier)},
        "relationships": [
            {
                "target": {"id": str(number), "toolComponent": {"name": "CWE", "index": 0}},
                "kinds": ["relevant"],
            }
            for number in rule.cwe
        ],
        "properties": {"tags": ["reliability", *tags], "problem.severity": _level(rule.tier)},
    }


def _level(tier: int | None) -> str:
    return _OTHER_LEVEL if tier is None else _LEVELS.get(tier, _OTHER_LEVEL)


def _weaknesses() -> Json:
    numbers = sorted({number for rule in RULES.values() for number in rule.cwe})
    return {
        "name": "CWE",
        "organization": "MITRE",
        "shortDescription": {"text": "Common Weakness Enumeration"},
        "informationUri": "https://cwe.mitre.org/data/index.html",
        "isComprehensive": False,
        "taxa": [
            {"id": str(number), "helpUri": f"https://cwe.mitre.org/data/definitions/{number}.html"}
            for number in numbers
        ],
    }


def _invocation(run: RunReport, context: RenderContext) -> Json:
    remarks = notes(run, context)
    if run.interrupted:
        remarks.append("interrupted: not every file was checked")
    return {
        "executionSuccessful": not run.interrupted,
        "toolExecutionNotifications": [
            {"level": "note", "message": {"text": _plain(remark)}} for remark in remarks
        ],
    }


# The findings


def _results(report: FileReport, index: dict[str, int], context: RenderContext) -> Iterator[Json]:
    everything: tuple[tuple[Iterable[Finding], list[Json]], ...] = (
        (report.findings, []),
        (report.suppressed, [_IN_SOURCE]),
        (report.baselined, [_IN_BASELINE]),
    )
    names = fingerprints_of_report(report, context.source, context.fingerprint_root)
    for findings, suppressions in everything:
        for finding in findings:
            yield _result(finding, names[finding], index, context) | {"suppressions": suppressions}


def _result(finding: Finding, fingerprint: str, index: dict[str, int], context: RenderContext) -> Json:
    place = _location(finding.filename, finding.span, finding.cell, context)
    place["logicalLocations"] = [{"fullyQualifiedName": finding.function, "kind": "function"}]
    result: Json = {
        "ruleId": finding.code,
        "ruleIndex": index[finding.code],
        "level": _level(finding.tier),
        "message": {"text": _in_cell(finding.message, finding.cell, finding.span.start)},
        "locations": [place],
        "partialFingerprints": {"tmpleakLint/v1": fingerprint},
        "rank": _RANKS[finding.confidence],
        "properties": {
            "tier": finding.tier,
            "function": finding.function,
            "confidence": finding.confidence.value,
            "reasons": list(finding.reasons),
            **({"fixRefused": finding.fix_refused} if finding.fix_refused else {}),
        },
    }
    if finding.steps:
        result["codeFlows"] = [
            {"threadFlows": [{"locations": _flow(loss, context)}]} for loss in losses_of(finding)
        ]
    if finding.losses:
        result["relatedLocations"] = [_related(loss, context) for loss in finding.losses]
    if finding.fix is not None and finding.fix.edits and finding.cell is None:
        result["fixes"] = [_fix(finding.fix, finding.filename, context)]
    return result


def _related(loss: Finding, context: RenderContext) -> Json:
    """A call that loses what the creation makes."""
    told = _in_cell(f"{loss.code} in {loss.function}: {loss.message}", loss.cell, loss.span.start)
    return {**_location(loss.filename, loss.span, loss.cell, context), "message": {"text": told}}


def _flow(finding: Finding, context: RenderContext) -> list[Json]:
    return [
        {
            "location": {
                **_location(step.filename, step.span, step.cell, context),
                "message": {"text": _in_cell(step.message, step.cell, step.span.start)},
            },
            "kinds": [step.event.value],
            "executionOrder": number,
            "importance": "essential",
        }
        for number, step in enumerate(finding.steps, 1)
    ]


def _fix(fix: Fix, filename: str, context: RenderContext) -> Json:
    replacements = [
        {"deletedRegion": _region(edit.span), "insertedContent": {"text": edit.content}} for edit in fix.edits
    ]
    told = f"{fix.message} ({fix.applicability.value}: {fix.because})" if fix.because else fix.message
    properties = {
        "applicability": fix.applicability.value,
        "because": fix.because,
        "guarantees": fix.guarantees,
    }
    return {
        "description": {"text": _plain(told)},
        "artifactChanges": [{"artifactLocation": _artifact(filename, context), "replacements": replacements}],
        "properties": {key: value for key, value in properties.items() if value},
    }


def _location(filename: str, span: Span, cell: int | None, context: RenderContext) -> Json:
    physical: Json = {"artifactLocation": _artifact(filename, context)}
    if cell is None:
        physical["region"] = _region(span)
    return {"physicalLocation": physical}


def _artifact(filename: str, context: RenderContext) -> Json:
    name = relative(filename, context.base)
    escaped = quote(name.encode("utf-8", "surrogateescape"))
    if PurePath(name).is_absolute():
        return {"uri": f"file://{escaped}" if escaped.startswith("/") else f"file:///{escaped}"}
    return {"uri": escaped, "uriBaseId": _BASE}


def _region(span: Span) -> Json:
    return {
        "startLine": span.start.row,
        "startColumn": span.start.column,
        "endLine": span.end.row,
        "endColumn": span.end.column,
    }


def _in_cell(message: str, cell: int | None, start: Location) -> str:
    return _plain(message if cell is None else f"cell {cell}, line {start.row}: {message}")


def _plain(text: str) -> str:
    """A message that no viewer takes a link out of: `handlers[kind](path)` has the form of one."""
    return _BRACKET.sub(r"\\\1", text) if "](" in text else text
