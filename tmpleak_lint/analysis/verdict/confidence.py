"""How sure a finding is: that its way is real, and that it matters.

Comes in: a verdict and its diagnosis. Goes out: a `Confidence` and the facts it was drawn from, a sentence each.
Every fact allows at most some confidence; the least allowed is the finding's. The facts are those a reader would
ask for: does every run leave the file, or must something raise, and how likely is that (`needs.py`)? Must a test fail
(`standing.py`)? Was the file followed by name all the way, or does somebody have it of whom nothing is known
(`plans.py`)?
"""

from __future__ import annotations

from tmpleak_lint.analysis.verdict import needs, plans, standing
from tmpleak_lint.analysis.verdict.classify import Diagnosis
from tmpleak_lint.analysis.verdict.judge import Verdict
from tmpleak_lint.model import Confidence

_FACTS = (*needs.FACTS, *standing.FACTS, *plans.FACTS)


def confidence_of(verdict: Verdict, diagnosis: Diagnosis) -> tuple[Confidence, tuple[str, ...]]:
    """The confidence of a finding, with its reasons, the weakest first."""
    facts = [fact for ask in _FACTS for fact in ask(verdict, diagnosis)]
    facts.sort(key=lambda fact: -fact[0].rank)
    return facts[0][0], tuple(text for _, text in facts)
