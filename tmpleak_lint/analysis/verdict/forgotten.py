"""A method lets go of what its object keeps, and deletes nothing: whoever deletes what is kept finds it no more.

Comes in: a class whose objects delete in the end what they keep, and the state in which they do. Goes out: a method
that takes the file out of there (`self._dirs.pop(user, None)`, `self._dir = None`) and leaves it on disk. Where it
stands is read off the method's text, which may do nothing else with what is kept; that the file is lost there is
walked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from tmpleak_lint.analysis.domain import values as v
from tmpleak_lint.analysis.domain.heap import Contents, Slot
from tmpleak_lint.analysis.domain.state import State, alive
from tmpleak_lint.analysis.domain.values import Func, Inst, Klass
from tmpleak_lint.analysis.queries.by_name import words_of
from tmpleak_lint.analysis.queries.called import region_text
from tmpleak_lint.analysis.queries.context import Context
from tmpleak_lint.analysis.queries.inheriting import methods_naming
from tmpleak_lint.analysis.queries.project import Project
from tmpleak_lint.analysis.queries.questions import question
from tmpleak_lint.analysis.queries.records import Body, Options, Task
from tmpleak_lint.analysis.queries.summaries import mode_of
from tmpleak_lint.analysis.semantics.attributes import is_close_like
from tmpleak_lint.analysis.semantics.keep import passes_keep_option
from tmpleak_lint.analysis.semantics.seeds import seed_of
from tmpleak_lint.analysis.semantics.table import FullExplorer
from tmpleak_lint.analysis.verdict.holders import holders
from tmpleak_lint.analysis.verdict.owners import Owned, held_names, runs_by_itself
from tmpleak_lint.bounds import METHODS_AROUND, WALK_START
from tmpleak_lint.knowledge import frameworks
from tmpleak_lint.knowledge.model import Collects
from tmpleak_lint.knowledge.table import Knowledge
from tmpleak_lint.knowledge.words import (
    BEGINNING_WORDS,
    EMPTYING_WORDS,
    LETTING_GO_WORDS,
    PLACE_WORDS,
)
from tmpleak_lint.reading.bodiless import with_fields_alone


@question(lambda owned, returned: "")
def forgetting_method(context: Context, owned: Owned, returned: bool) -> str:
    """The name of a method that takes what an object keeps out of it and leaves it on disk, "" for none. `returned`:
    whoever called what makes it has it as well, and may have deleted it before he names it."""
    project, klass = context.project, owned.klass
    names = tuple(dict.fromkeys(held_names(owned.seed.state)))
    for name, func in methods_naming(project, klass, names):
        text = with_fields_alone(region_text(project, func))
        if name == owned.creating or not _drops(project, owned, text, returned):
            continue
        for caller, its in _called_by(project, klass, name, func):
            if _may_say(project, owned, caller, its, name) and _loses(
                context, owned, its, _deleted_from(text)
            ):
                return caller
    return ""


@lru_cache(maxsize=1_000)
def _dropping(knowledge: Knowledge, attribute: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """What takes out of an attribute all or what it names, as a statement: with the key, and without."""
    held = rf"self\.{re.escape(attribute)}"
    containers = "|".join(sorted(knowledge.tails(Collects)))
    empty = rf"(?:None|0|\[\]|\{{\}}|\(\)|(?:\w+\.)?(?:(?:{containers})\(\)|defaultdict\(\w*\)))"
    some = rf"{held}\.pop\(([^()\n]*)\)|del {held}\[([^\]\n]*)\]"
    whole = rf"{held}\.(?:clear|popitem)\(\)|del {held}|{held}(?:: [^=\n]+)? = {empty}"
    return (
        re.compile(rf"^[ ]*(?:{some})[ ]*$", re.MULTILINE),
        re.compile(rf"^[ ]*(?:{whole})[ ]*$", re.MULTILINE),
    )


@lru_cache(maxsize=1_000)
def _harmless(attribute: str) -> re.Pattern[str]:
    """What only asks whether there is something, or is done with a file that is open."""
    held = rf"self\.{re.escape(attribute)}"
    asked = rf"{held}(?=[ ]*(?:[:)]|and\b|or\b|$))"
    return re.compile(
        rf"\b(?:if|and|or|not|while) (?:not )?[\w.]+ (?:not )?in {asked}|\bnot {asked}|\bif {held}(?=[ ]*:)"
        rf"|{held}(?= is (?:not )?None\b)|\blen\({held}\)|{held}\.(?:close|flush)\(\)",
        re.MULTILINE,
    )


def _drops(project: Project, owned: Owned, text: str, returned: bool) -> bool:
    """Whether a method's text takes out what is held under one of the attributes, and does nothing else with it."""
    dropped = False
    for attribute in dict.fromkeys(held_names(owned.seed.state)):
        some, whole = _dropping(project.knowledge, attribute)
        taken = [found[1] or found[2] or "" for found in some.finditer(text)]
        if returned and any(words_of(key.partition(",")[0]) & PLACE_WORDS for key in taken):
            return False
        for found in (*some.finditer(text), *whole.finditer(text)):
            if _in_handler(text, found.start()):
                return False
            dropped = True
        if not _lets_be(attribute, whole.sub("", some.sub("", text))):
            return False
        if whole.search(text) and not _is_filled_before(project, owned, attribute):
            return False
    return dropped


def _lets_be(attribute: str, text: str) -> bool:
    """Whether a text does nothing with what an attribute holds."""
    return re.search(rf"\.{re.escape(attribute)}\b", _harmless(attribute).sub("", text)) is None


def _is_filled_before(project: Project, owned: Owned, attribute: str) -> bool:
    """Whether an object has the attribute from its beginning: what sets it to nothing isn't the first to set it."""
    init = project.method(owned.klass, "__init__")
    setting = rf"\.{re.escape(attribute)}\s*(?::[^=\n]*)?=[^=]"
    if init is not None and re.search(setting, region_text(project, init)):
        return True
    known = project.module(owned.klass.module).source.skeleton.classes.get(owned.klass.qualname)
    return known is not None and attribute in known.attributes


def _in_handler(text: str, at: int) -> bool:
    """Whether a line of a method stands in an `except` clause."""
    lines = text[: text.find("\n", at)].splitlines() if text.find("\n", at) >= 0 else text.splitlines()
    depth = _depth(lines[-1])
    for line in reversed(lines[:-1]):
        if line.strip() and _depth(line) < depth:
            depth = _depth(line)
            if line.lstrip().startswith("except"):
                return True
    return False


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip())


def _called_by(project: Project, klass: Klass, name: str, func: Func) -> Iterator[tuple[str, Func]]:
    """The methods that somebody outside of the class calls, and that come to this one by others of the class."""
    seen, work = {name}, [(name, func)]
    for _ in range(METHODS_AROUND):
        above: list[tuple[str, Func]] = []
        for each, its in work:
            calling = re.compile(rf"(?:\b(?:self|cls)|\bsuper\([^)]*\))\.{re.escape(each)}\b")
            callers = [
                (other, method)
                for other, method in methods_naming(project, klass, (each,))
                if other != each
                and other not in frameworks.UNOWNED_WHEN_RAISING
                and calling.search(with_fields_alone(region_text(project, method)))
            ]
            if not callers:
                yield each, its
            above += [caller for caller in callers if caller[0] not in seen]
            seen |= {other for other, _ in callers}
        work = above


def _may_say(project: Project, owned: Owned, name: str, func: Func, dropping: str) -> bool:
    """Whether a method that somebody calls is there neither to begin, nor to end the object, nor to hand over what it
    has, and deletes nothing by its text."""
    if name in frameworks.UNOWNED_WHEN_RAISING | frameworks.SETUPS or name == owned.creating:
        return False
    if (
        (name.startswith("__") and name != "__delitem__")
        or name.startswith("test")
        or project.decorators(func)
    ):
        return False
    if (
        not (name == "__delitem__" or runs_by_itself(project, owned.klass)(name))
        or words_of(name) & LETTING_GO_WORDS
    ):
        return False
    text = with_fields_alone(region_text(project, func))
    whole = not _takes_something(text)
    if whole and is_close_like(name) and not words_of(name) & EMPTYING_WORDS:
        return False
    if whole and words_of(name) & BEGINNING_WORDS:
        return False
    if re.search(rf"\b(?:{project.knowledge.deleting})\(|\.{re.escape(owned.creating)}\(", text):
        return False
    attributes = dict.fromkeys(held_names(owned.seed.state))
    return name == dropping or all(_lets_be(attribute, text) for attribute in attributes)


def _takes_something(text: str) -> bool:
    """Whether a method is told something: which one it is about."""
    return re.match(r"\s*(?:async\s+)?def\s+\w+\(\s*\w+\s*,\s*[^)\s]", text) is not None


_DELETED_FROM = re.compile(r"^[ ]*del self\.(\w+)\[", re.MULTILINE)


def _deleted_from(text: str) -> frozenset[str]:
    """The attributes from which a method's text takes what it names, which isn't followed."""
    return frozenset(_DELETED_FROM.findall(text))


def _loses(context: Context, owned: Owned, func: Func, deleted_from: frozenset[str]) -> bool:
    """Whether a method ends with nobody having the file any more that its object had, and never deletes it, makes none
    of its own, and gives it to nobody."""
    project = context.project
    func = Func(func.module, func.qualname, func.code, Inst(owned.klass, "self"))
    code = project.code(func)
    if code is None:
        return False
    body = Body(project.module(func.module), code, project.owner_of(func))
    options = Options(quiet=True, owned=True)
    task = Task(body, context.sites_of(body), owned.obligation, options=options, mode=mode_of(code))
    context.answers.spend(WALK_START)
    explorer = FullExplorer(context, task, depth=1)
    result = explorer.run(seed_of(context, body).begin_with(owned.seed.state))
    if result.discharges or result.created or explorer.is_cut:
        return False
    return any(
        not end.raised
        and alive(end.state)
        and not explorer.holds(end.state.result, end.state)
        and all(
            _is_emptied(slot, end.state, deleted_from) for slot in holders(explorer, end.state, owned.klass)
        )
        and not passes_keep_option(explorer, end)
        for end in result.ends
    )


def _is_emptied(slot: Slot, state: State, deleted_from: frozenset[str]) -> bool:
    """Whether a container that had the file is another one by now under its name, or has it no more."""
    match slot:
        case Contents(container=v.Member(base=Inst(ident="self"), attr=attr) as before):
            return attr in deleted_from or state.attribute("self", attr) not in (None, before)
    return False
