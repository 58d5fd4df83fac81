"""The `json` format: one array in the shape that tools reading ruff's JSON know, with our own fields added.

File names are absolute; rows and columns count from 1, columns in code points. Suppressed findings and
notes are left out.
"""

from __future__ import annotations

from typing import Any

from tmpleak_lint.model import Finding, Fix, Location, Span, Step
from tmpleak_lint.reporting import RenderContext, RunReport
from tmpleak_lint.reporting.json_text import json_text
from tmpleak_lint.rules import url
from tmpleak_lint.suppression.names import absolute
from tmpleak_lint.suppression.noqa import noqa_row


def render(run: RunReport, context: RenderContext) -> str:
    """Return the findings as a JSON array, pretty-printed."""
    return json_text([as_object(finding, context) for finding in run.findings()], 2)


def as_object(finding: Finding, context: RenderContext) -> dict[str, Any]:
    """Return one finding as the object that the array holds."""
    text = context.source(finding.filename, finding.cell)
    return {
        "cell": finding.cell,
        "code": finding.code,
        "name": finding.name,
        "message": finding.message,
        "filename": absolute(finding.filename),
        **_extent(finding.span),
        "url": url(finding.code),
        "noqa_row": finding.noqa_rows[0] if text is None else noqa_row(finding, text),
        "fix": None if finding.fix is None else _fix(finding.fix),
        "fix_refused": finding.fix_refused or None,
        "function": finding.function,
        "tier": finding.tier,
        "confidence": finding.confidence.value,
        "reasons": list(finding.reasons),
        "steps": [_step(step) for step in finding.steps],
        "losses": [_loss(loss) for loss in finding.losses],
    }


def _loss(loss: Finding) -> dict[str, Any]:
    """One of several calls that lose what a creation makes."""
    return {
        "code": loss.code,
        "message": loss.message,
        "cell": loss.cell,
        **_extent(loss.span),
        "function": loss.function,
        "tier": loss.tier,
        "confidence": loss.confidence.value,
        "reasons": list(loss.reasons),
        "fix": None if loss.fix is None else _fix(loss.fix),
        "fix_refused": loss.fix_refused or None,
        "steps": [_step(step) for step in loss.steps],
    }


def _location(location: Location) -> dict[str, int]:
    return {"row": location.row, "column": location.column}


def _extent(span: Span) -> dict[str, dict[str, int]]:
    return {"location": _location(span.start), "end_location": _location(span.end)}


def _step(step: Step) -> dict[str, Any]:
    return {
        "filename": absolute(step.filename),
        "cell": step.cell,
        **_extent(step.span),
        "event": step.event.value,
        "message": step.message,
    }


def _fix(fix: Fix) -> dict[str, Any]:
    return {
        "applicability": fix.applicability.value,
        "message": fix.message,
        "because": fix.because or None,
        "guarantees": fix.guarantees or None,
        "edits": [{"content": edit.content, **_extent(edit.span)} for edit in fix.edits],
    }
