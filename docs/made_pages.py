"""Pages that are made from the program when the site is built, so that they can't say anything else than it.

In: the registry of rules and their pages, the table of settings, the command line's help. Out: files in `rules/`
(a page each, not kept in git), `_generated/` (pieces that other pages include), the schema of the settings. A file is
only written when its text changes, so that a second build does no work.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tmpleak_lint import __version__, check_source
from tmpleak_lint.cli import COMMANDS, main
from tmpleak_lint.cli.reference import options_markdown
from tmpleak_lint.hosts.settings_schema import schema
from tmpleak_lint.knowledge import conventions, frameworks
from tmpleak_lint.knowledge.model import ANY, PATH, Benign, Creates, Deletes, Effect, Leaves, Moves, Registers
from tmpleak_lint.knowledge.table import SHIPPED
from tmpleak_lint.knowledge.words import KEEP_WORDS
from tmpleak_lint.reporting import FORMATS, RenderContext, RunReport
from tmpleak_lint.rules import RULES, Rule, page
from tmpleak_lint.settings import CONVENTIONS, OPTIONS

if TYPE_CHECKING:
    from sphinx.application import Sphinx

TUTORIAL = Path(__file__).parent / "tutorial.md"
FAMILIES = {
    "TML1": "Deletion missing on some way",
    "TML2": "Deletion there, and still not sure",
    "TML3": "Descriptors",
    "TML4": "Opt-in",
    "TML5": "Names without files",
    "TML9": "Files that can't be checked",
}


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("config-inited", lambda app, _config: write_all(Path(app.srcdir)))
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def write_all(docs: Path) -> None:
    """Write every made page below `docs`."""
    for name, text in made():
        file = docs / name
        file.parent.mkdir(exist_ok=True)
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            file.write_text(text, encoding="utf-8")


def made() -> Iterator[tuple[str, str]]:
    """Name and text of each made page."""
    for code in RULES:
        yield f"rules/{code}.md", rule_page(code)
    yield "_generated/rules.md", "\n".join(rule_table())
    yield "_generated/options.md", options_markdown().partition("\n\n")[2]
    for command in COMMANDS:
        yield f"_generated/help-{command}.txt", help_of(command, "--help")
    yield "_generated/help.txt", help_of("--help")
    yield "_static/settings.schema.json", json.dumps(schema(), indent=2) + "\n"
    yield "_generated/finding.json", a_finding()
    yield "_generated/knowledge.md", "\n".join(knowledge())


def rule_page(code: str) -> str:
    """The page of a rule, with what can be done about it under its facts.

    What follows `python` in the opening of a code block is for the tests.
    """
    text = re.sub(r"^```python \w+.*$", "```python", page(code), flags=re.MULTILINE)
    title, blank, facts, rest = text.split("\n", 3)
    linked = re.sub(r"Tier (\d)", r"{term}`Tier \1 <tier>`", facts)
    return "\n".join([title, blank, linked, blank, _deeds(RULES[code]), rest])


def _deeds(rule: Rule) -> str:
    """Badges: the fix that there is, the confidence, and how to see it happen."""
    fix = f"[fix: {rule.fix}](../howto/fix.md)" if rule.fix else "no fix"
    sure = f"[confidence: {rule.confidence}](../confidence.md)"
    play = f" [play it](../simulation.md): `tmpleak-lint simulate {rule.code}`" if rule.played else ""
    return f"{fix} · {sure}{' ·' if play else ''}{play}\n"


COLUMNS = "| code | name | what | default | tier | confidence | fix |\n|---|---|---|---|---|---|---|"


def rule_table() -> Iterator[str]:
    """A section for each family of codes, a row for each code, and the list that Sphinx makes the menu of."""
    for family, title in FAMILIES.items():
        yield f"## {title}\n"
        yield COLUMNS
        yield from (_row(rule) for code, rule in RULES.items() if code.startswith(family))
        yield ""
    yield "```{toctree}\n:hidden:\n"
    yield from (f"/rules/{code}" for code in RULES)
    yield "```\n"


def _row(rule: Rule) -> str:
    cells = (
        rule.code, rule.name, rule.summary, "on" if rule.default_on else "opt-in", rule.tier or "", rule.confidence,
        rule.fix or "–",
    )  # fmt: skip
    return f"| {' | '.join(map(str, cells))} |"


def names(kind: type[Effect], receiver: str = "") -> list[str]:
    """The names in the table with an effect: functions and namespaces, or the methods of a kind of receiver."""
    found = [row.name for row in SHIPPED.rows(kind)]
    if not receiver:
        return [name for name in found if not name.startswith("<")]
    return [name.removeprefix(f"{receiver}.") for name in found if name.startswith(receiver)]


KNOWN: tuple[tuple[str, str, Iterable[str]], ...] = (
    ("Creators", "What makes a temporary file, directory or name.", names(Creates)),
    ("Deleters", "Calls that delete the path they are given.", names(Deletes)),
    ("Deleting methods", "Of a path object.", names(Deletes, PATH)),
    ("Moves", "The path given first is gone from its place afterwards.", names(Moves)),
    (
        "Registrars",
        "Whatever deletes and is given to a call is taken to run later; these also take callables that can't be seen.",
        names(Registers, ANY),
    ),
    ("Finalizers", "Methods that run when an object's or a test's life ends.", frameworks.FINALIZERS),
    ("Close-like methods", "Whoever uses the object is meant to call one of them.", frameworks.CLOSE_LIKE),
    ("Managed parameters", "Directories that a test framework removes.", frameworks.MANAGED_PARAMETERS),
    ("Keep options", "Words in the name of an option that asks for the file to stay.", KEEP_WORDS),
    ("Benign calls", "Taken never to raise in practice.", names(Benign)),
    ("Benign methods", "Of whatever object.", names(Benign, ANY)),
    ("Calls that never return", "They always raise or exit.", names(Leaves)),
)


def knowledge() -> Iterator[str]:
    """The tables of knowledge, a section each."""
    for title, what, names in KNOWN:
        yield f"## {title}\n\n{what}\n\n{_listed(names)}\n"
    for name in CONVENTIONS:
        yield f'## Conventions: {name}\n\nTaken in by `conventions = ["{name}"]`.\n'
        for option in OPTIONS:
            if names := conventions.read(name).get(option.field):
                yield f"- `{option.key}`: {_listed(names)}"
        yield ""


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in sorted(names))


def a_finding() -> str:
    """The JSON report of the first example in `TUTORIAL`, as if it stood in /project."""
    tutorial = TUTORIAL.read_text(encoding="utf-8")
    source = tutorial.partition(":caption: upload.py\n\n")[2].partition("```\n")[0]
    report = check_source(source, "/project/upload.py")
    context = RenderContext(False, False, 80, Path("/project"), lambda _name, _cell: source)
    return FORMATS["json"](RunReport((report,), 1, __version__), context)


def help_of(*arguments: str) -> str:
    """What the command line prints for these arguments, 80 columns wide."""
    printed = io.StringIO()
    before = os.environ.get("COLUMNS")
    os.environ["COLUMNS"] = "80"
    try:
        with contextlib.redirect_stdout(printed), contextlib.suppress(SystemExit):
            main(arguments)
    finally:
        if before is None:
            del os.environ["COLUMNS"]
        else:
            os.environ["COLUMNS"] = before
    return printed.getvalue()
