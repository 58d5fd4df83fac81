"""What is shown of a finding under the mouse: in short why, on which path, what to do.

In: a finding. Out: Markdown, or plain text for a client that shows none.
"""

from __future__ import annotations

import re

from tmpleak_lint.hosts.server.diagnostics import place
from tmpleak_lint.model import Finding
from tmpleak_lint.reporting.hints import HINTS
from tmpleak_lint.rules import RULES, url

_SPECIAL = re.compile(r"([\\*_{}\[\]<>#|~])")


def short_explanation(finding: Finding, *, markdown: bool) -> str:
    """The rule, the message, the path and what to do."""
    rule = RULES[finding.code]
    head = f"{rule.code} {rule.name}"
    link = f"[{rule.code} {rule.name}]({url(rule.code)})"
    path = [f"{place(step, finding)}: {step.message}" for step in finding.steps]
    what = _what_to_do(finding)
    sure = f"Confidence: {finding.confidence.value}" + (f" ({finding.reasons[0]})" if finding.reasons else "")
    if not markdown:
        return "\n".join([head, finding.message, *path, rule.summary, what, sure])
    steps = "\n".join(f"{number}. {_shown(step)}" for number, step in enumerate(path, 1))
    return "\n\n".join(
        part
        for part in (
            f"**{link}**",
            _shown(finding.message),
            steps,
            f"_{_shown(rule.summary)}_",
            _shown(what),
            _shown(sure),
        )
        if part
    )


def _what_to_do(finding: Finding) -> str:
    if finding.fix is not None:
        return f"Fix ({finding.fix.applicability.value}): {finding.fix.message}"
    return f"To do: {HINTS[finding.code]}" if finding.code in HINTS else ""


def _shown(text: str) -> str:
    """Text with what Markdown would take for its own signs; what stands between backticks is code already."""
    parts = text.replace("\n", " ").split("`")
    if len(parts) % 2 == 0:  # a backtick without its partner
        return _SPECIAL.sub(r"\\\1", text.replace("`", r"\`"))
    return "`".join(part if number % 2 else _SPECIAL.sub(r"\\\1", part) for number, part in enumerate(parts))
