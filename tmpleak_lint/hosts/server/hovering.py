"""What is shown of a finding under the mouse: in short why, on which path, what to do.

In: a finding. Out: Markdown, or plain text for a client that shows none.
"""

from __future__ import annotations

from tmpleak_lint.hosts.server.diagnostics import place
from tmpleak_lint.model import Finding
from tmpleak_lint.reporting.text import in_markdown
from tmpleak_lint.rules import RULES, url


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
    steps = "\n".join(f"{number}. {in_markdown(step)}" for number, step in enumerate(path, 1))
    return "\n\n".join(
        part
        for part in (
            f"**{link}**",
            in_markdown(finding.message),
            steps,
            f"_{in_markdown(rule.summary)}_",
            in_markdown(what),
            in_markdown(sure),
        )
        if part
    )


def _what_to_do(finding: Finding) -> str:
    if finding.fix is not None:
        return f"Fix ({finding.fix.applicability.value}): {finding.fix.message}"
    hint = finding.advice or RULES[finding.code].hint
    return f"To do: {hint}" if hint else ""
