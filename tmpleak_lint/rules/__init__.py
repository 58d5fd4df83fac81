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
    Enumeration, `related` the codes of other linters that look at the same lines. `hint` says in a line what to do
    about it, `not_played` why `simulate` can't play a finding of it ("" where it can).
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
    hint: str = ""
    not_played: str = ""

    @property
    def played(self) -> bool:
        """Whether `simulate` can play a finding of it."""
        return not self.not_played


_LEFT_BEHIND = (459, 772)
_OPENED_BY_HAND = ("ruff SIM115", "pylint R1732")
_UNPROTECTED_YIELD = ("ruff RUF075",)
_MKTEMP = ("ruff S306", "bandit B306")
_HARDCODED_TMP = ("ruff S108", "bandit B108")

_FINALLY = "delete it in a `finally:` that begins right after the creation"

_TABLE: tuple[Rule, ...] = (
    Rule(
        "TML101", "never-deleted", "No path through the code deletes the file or directory.",
        True, 1, "high", "unsafe", _LEFT_BEHIND, _OPENED_BY_HAND,
        hint="delete it in a `finally:`, or let `with tempfile.TemporaryDirectory()` or a "
        "self-deleting `NamedTemporaryFile()` do it",
    ),
    Rule(
        "TML102", "deleted-on-happy-path", "A statement before the deletion can raise and skip it.",
        True, 1, "high", "safe", _LEFT_BEHIND, _OPENED_BY_HAND,
        hint=_FINALLY,
    ),
    Rule(
        "TML103", "deleted-on-last-line",
        "The deletion is the function's last statement, so any exception above skips it.",
        True, 1, "high", "safe", _LEFT_BEHIND, _OPENED_BY_HAND,
        hint="the last line is not reached after an exception: delete it in a `finally:` that begins "
        "right after the creation",
    ),
    Rule(
        "TML104", "early-exit-skips-deletion",
        "A return, break, continue, raise or sys.exit leaves before the deletion.",
        True, 1, "high", "safe", _LEFT_BEHIND, (),
        hint=_FINALLY,
    ),
    Rule(
        "TML105", "deleted-on-some-branches", "Only some branches delete it: the others leave it behind.",
        True, 1, "medium", "safe", _LEFT_BEHIND, (),
        hint="delete it on every branch: a `finally:` runs whichever branch was taken",
    ),
    Rule(
        "TML106", "rebound-before-deletion",
        "The name is bound to a new file while it still owns the old one.",
        True, 1, "medium", "unsafe", _LEFT_BEHIND, (),
        hint="delete the old file before the name is given to a new one",
    ),
    Rule(
        "TML107", "yield-without-finally",
        "A generator deletes after its yield, and nothing makes that part run when the consumer fails.",
        True, 1, "high", "safe", _LEFT_BEHIND, _UNPROTECTED_YIELD,
        hint="put the `yield` in a `try:` and the deletion in its `finally:`",
    ),
    Rule(
        "TML108", "owner-never-deletes",
        "An object or class keeps the path, but none of its methods deletes it.",
        True, 1, "medium", "unsafe", _LEFT_BEHIND, (),
        hint="delete it in `close()`, `__exit__` or the test's teardown, or register a finalizer",
    ),
    Rule(
        "TML109", "parent-directory-forgotten",
        "Only a path inside the new directory is kept; nobody can delete the directory itself.",
        True, 1, "high", "unsafe", _LEFT_BEHIND, (),
        hint="keep the directory's own name and delete it with `shutil.rmtree`",
    ),
    Rule(
        "TML201", "gap-before-try",
        "A try/finally or with deletes it, but a statement before that block can raise.",
        True, 2, "high", "safe", _LEFT_BEHIND, (),
        hint="move the statement above the creation or into the `try:`",
    ),
    Rule(
        "TML202", "narrow-except", "The deletion in the except clause is skipped by other exceptions.",
        True, 2, "high", "safe", _LEFT_BEHIND, (),
        hint="delete it in a `finally:`, which runs for every exception",
    ),
    Rule(
        "TML203", "lost-before-handoff",
        "A statement before the return, store or registration can raise: then nobody learns the path.",
        True, 2, "high", "safe", _LEFT_BEHIND, (),
        hint="delete it and raise again when the statement fails, before the path is handed over",
    ),
    Rule(
        "TML204", "fragile-finally",
        "An earlier statement of the finally can raise, so its deletion is not reached.",
        True, 2, "high", "safe", _LEFT_BEHIND, (),
        hint="make the deletion the first statement of the `finally:`",
    ),
    Rule(
        "TML205", "wrong-path-deleted",
        "The code deletes a neighbour or child of what it created, not the thing itself.",
        True, 2, "high", "unsafe", _LEFT_BEHIND, (),
        hint="delete the path that was created",
    ),
    Rule(
        "TML301", "descriptor-never-closed", "Nothing closes the open descriptor that mkstemp returns.",
        True, None, "high", "safe", (772, 775), (),
        hint="close the descriptor: `os.close(fd)`, or `with os.fdopen(fd) as f:`",
    ),
    Rule(
        "TML302", "descriptor-closed-on-happy-path",
        "A statement before the close of mkstemp's descriptor can raise and skip it.",
        True, None, "high", "safe", (772, 775), (),
        hint="wrap the descriptor at once: `with os.fdopen(fd) as f:`",
    ),
    Rule(
        "TML401", "left-to-garbage-collector",
        "A self-deleting handle has neither a with nor a close in a finally.",
        False, None, "high", "", (772,), _OPENED_BY_HAND,
        hint="open it in a `with` statement",
        not_played="the file goes when the garbage collector closes its handle",
    ),
    Rule(
        "TML402", "left-to-atexit",
        "Files of every call pile up until the interpreter exits: atexit is their only cleanup.",
        False, None, "high", "", (459,), (),
        hint="delete it where it was used; atexit runs only when the process ends in good order",
        not_played="the files go when the process ends, and a run of requests does not show that",
    ),
    Rule(
        "TML403", "handmade-temp-path",
        "A path built by hand under the temp directory is created here and never deleted.",
        False, None, "high", "", (377, 459), _HARDCODED_TMP,
        hint="let `tempfile` make the name, and delete the file in a `finally:`",
        not_played="calls that build the same name write one file over and over, and the walk does not tell "
        "whether names differ",
    ),
    Rule(
        "TML404", "deleted-while-open",
        "The file is deleted or opened again while a handle on it is open: that fails on Windows.",
        False, None, "high", "", (459,), (),
        hint="close the file before it is deleted or opened again: Windows refuses both",
        not_played="it matters on Windows alone: elsewhere nothing stays",
    ),
    Rule(
        "TML501", "mktemp-race", "mktemp makes up a name without a file: somebody else can take it first.",
        True, None, "high", "unsafe", (377,), _MKTEMP,
        hint="use `tempfile.mkstemp()` or `NamedTemporaryFile()`, which make the file at once",
        not_played="a name without a file leaves nothing",
    ),
    Rule(
        "TML900", "unanalysable", "The file could not be read, decoded or parsed, so it was not checked.",
        True, None, "high", "", (), ("ruff E902", "flake8 E902"),
        hint="mend the file, or exclude it: the run went on without it",
        not_played="without its code there is no walk",
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
