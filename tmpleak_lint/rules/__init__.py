"""The rules: one record a code here, one Markdown page a code beside this file.

In: nothing. Out: `RULES` (code -> `Rule`, in code order) and `page(code)`, the text of the rule's page.
What a rule finds is decided elsewhere; this package only names and describes. It knows nothing of
syntax trees, so that listing or explaining rules stays cheap.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Rule:
    """One code: how it is called, how serious it is, what else knows of the problem.

    `tier` is 1 where the file stays on an ordinary path, 2 where a less likely one is needed, None where the rule
    isn't about a leaked name. `confidence` is that of its surest findings, `fix` the safest grade of fix that there is
    for it ("" for none); both hold of the examples of pages and fixtures. `cwe` are numbers of the Common Weakness
    Enumeration, `related` the codes of other linters that look at the same lines.
    """

    code: str
    name: str
    summary: str
    default_on: bool
    tier: int | None
    confidence: str
    fix: str
    cwe: tuple[int, ...]
    related: tuple[str, ...]

    @property
    def played(self) -> bool:
        """Whether `simulate` can play a finding of it: the others leave nothing in the directory that it shows."""
        return self.code.startswith(("TML1", "TML2", "TML3"))


_LEFT_BEHIND = (459, 772)
_OPENED_BY_HAND = ("ruff SIM115", "pylint R1732")
_UNPROTECTED_YIELD = ("ruff RUF075",)
_MKTEMP = ("ruff S306", "bandit B306")
_HARDCODED_TMP = ("ruff S108", "bandit B108")

_TABLE: tuple[Rule, ...] = (
    Rule(
        "TML101", "never-deleted", "No path through the code deletes the file or directory.",
        True, 1, "high", "unsafe", _LEFT_BEHIND, _OPENED_BY_HAND,
    ),
    Rule(
        "TML102", "deleted-on-happy-path", "A statement before the deletion can raise and skip it.",
        True, 1, "high", "safe", _LEFT_BEHIND, _OPENED_BY_HAND,
    ),
    Rule(
        "TML103", "deleted-on-last-line",
        "The deletion is the function's last statement, so any exception above skips it.",
        True, 1, "high", "safe", _LEFT_BEHIND, _OPENED_BY_HAND,
    ),
    Rule(
        "TML104", "early-exit-skips-deletion",
        "A return, break, continue, raise or sys.exit leaves before the deletion.",
        True, 1, "high", "safe", _LEFT_BEHIND, (),
    ),
    Rule(
        "TML105", "deleted-on-some-branches", "Only some branches delete it: the others leave it behind.",
        True, 1, "high", "unsafe", _LEFT_BEHIND, (),
    ),
    Rule(
        "TML106", "rebound-before-deletion",
        "The name is bound to a new file while it still owns the old one.",
        True, 1, "high", "unsafe", _LEFT_BEHIND, (),
    ),
    Rule(
        "TML107", "yield-without-finally",
        "A generator deletes after its yield, and nothing makes that part run when the consumer fails.",
        True, 1, "high", "safe", _LEFT_BEHIND, _UNPROTECTED_YIELD,
    ),
    Rule(
        "TML108", "owner-never-deletes",
        "An object or class keeps the path, but none of its methods deletes it.",
        True, 1, "medium", "unsafe", _LEFT_BEHIND, (),
    ),
    Rule(
        "TML109", "parent-directory-forgotten",
        "Only a path inside the new directory is kept; nobody can delete the directory itself.",
        True, 1, "high", "unsafe", _LEFT_BEHIND, (),
    ),
    Rule(
        "TML201", "gap-before-try",
        "A try/finally or with deletes it, but a statement before that block can raise.",
        True, 2, "high", "safe", _LEFT_BEHIND, (),
    ),
    Rule(
        "TML202", "narrow-except", "The deletion in the except clause is skipped by other exceptions.",
        True, 2, "high", "safe", _LEFT_BEHIND, (),
    ),
    Rule(
        "TML203", "lost-before-handoff",
        "A statement before the return, store or registration can raise: then nobody learns the path.",
        True, 2, "high", "safe", _LEFT_BEHIND, (),
    ),
    Rule(
        "TML204", "fragile-finally",
        "An earlier statement of the finally can raise, so its deletion is not reached.",
        True, 2, "high", "safe", _LEFT_BEHIND, (),
    ),
    Rule(
        "TML205", "wrong-path-deleted",
        "The code deletes a neighbour or child of what it created, not the thing itself.",
        True, 2, "high", "safe", _LEFT_BEHIND, (),
    ),
    Rule(
        "TML301", "descriptor-never-closed", "Nothing closes the open descriptor that mkstemp returns.",
        True, None, "high", "safe", (772, 775), (),
    ),
    Rule(
        "TML302", "descriptor-closed-on-happy-path",
        "A statement before the close of mkstemp's descriptor can raise and skip it.",
        True, None, "high", "safe", (772, 775), (),
    ),
    Rule(
        "TML401", "left-to-garbage-collector",
        "A self-deleting handle has neither a with nor a close in a finally.",
        False, None, "high", "", (772,), _OPENED_BY_HAND,
    ),
    Rule(
        "TML402", "left-to-atexit",
        "Files of every call pile up until the interpreter exits: atexit is their only cleanup.",
        False, None, "high", "", (459,), (),
    ),
    Rule(
        "TML403", "handmade-temp-path",
        "A path built by hand under the temp directory is created here and never deleted.",
        False, None, "high", "", (377, 459), _HARDCODED_TMP,
    ),
    Rule(
        "TML404", "deleted-while-open",
        "The file is deleted or opened again while a handle on it is open: that fails on Windows.",
        False, None, "high", "", (459,), (),
    ),
    Rule(
        "TML501", "mktemp-race", "mktemp makes up a name without a file: somebody else can take it first.",
        True, None, "high", "unsafe", (377,), _MKTEMP,
    ),
    Rule(
        "TML900", "unanalysable", "The file could not be read, decoded or parsed, so it was not checked.",
        True, None, "high", "", (), ("ruff E902", "flake8 E902"),
    ),
)  # fmt: skip

SITE = "https://tmpleak-lint.readthedocs.io/en/stable/"
"""Where the pages are read on the net; `project.urls` in pyproject.toml names the same."""

RULES: Mapping[str, Rule] = MappingProxyType({rule.code: rule for rule in _TABLE})
"""Every rule by its code, in code order."""


def page(code: str) -> str:
    """The Markdown page of a rule, for example `page("TML103")`. Raises KeyError for an unknown code."""
    from importlib.resources import files

    rule = RULES[code]
    return files(__name__).joinpath(f"{rule.code}.md").read_text(encoding="utf-8")


def url(code: str) -> str:
    """The address of a rule's page on the net."""
    return f"{SITE}rules/{code}.html"
