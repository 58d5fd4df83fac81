"""A method deletes what an object keeps, and yet there are objects on which it isn't called.

Comes in: a class, and the method that deletes. Goes out: whether who lets nothing pass doubts that it is called: it is
for failures alone while another one is for the end, a class that inherits puts another one in its place, or some user
in the module lets an object go, or never enters it. Read off the module's text; what other modules do with the class
isn't looked at.
"""

from __future__ import annotations

import re

from tmpleak_lint.analysis.domain.values import Klass
from tmpleak_lint.analysis.queries.by_name import words_of
from tmpleak_lint.analysis.queries.called import region_text
from tmpleak_lint.analysis.queries.project import Module, Project
from tmpleak_lint.analysis.queries.questions import question
from tmpleak_lint.analysis.semantics.attributes import is_close_like
from tmpleak_lint.knowledge import frameworks
from tmpleak_lint.knowledge.model import Registers
from tmpleak_lint.knowledge.words import FAILING_WORDS
from tmpleak_lint.reading.bodiless import with_fields_alone
from tmpleak_lint.reading.skeleton import DefOutline


@question(lambda klass, name, creating: False)
def may_go_unclosed(project: Project, klass: Klass, name: str, creating: str) -> bool:
    """Whether there are objects of a class on which the method isn't called that deletes what they keep; `creating`:
    the method by which they have it."""
    if name in frameworks.ALWAYS_FINALIZED:
        return False
    module = project.module(klass.module)
    return (
        _is_for_failures(project, klass, name)
        or _is_replaced(module, klass, name)
        or (name in frameworks.EXITS and _is_let_go(project, module, klass, name, creating))
        or (name not in frameworks.FINALIZERS and _is_let_go(project, module, klass, name, ""))
    )


def _is_for_failures(project: Project, klass: Klass, name: str) -> bool:
    """`discard()` beside a `close()`: all goes well without it."""
    if not words_of(name) & FAILING_WORDS:
        return False
    others = {
        other: func for other, func in project.methods(klass).items() if not words_of(other) & FAILING_WORDS
    }
    texts = [region_text(project, func) for func in others.values()]
    deleting = re.compile(rf"\b(?:{project.knowledge.deleting})\(")
    return any(other in frameworks.CLOSE_LIKE for other in others) and not any(map(deleting.search, texts))


def _is_replaced(module: Module, klass: Klass, name: str) -> bool:
    """Whether a class of the module that inherits has a method of this name that doesn't call this one."""
    skeleton = module.source.skeleton
    for other, known in skeleton.classes.items():
        if other == klass.qualname or klass.qualname not in known.bases or name not in known.methods:
            continue
        text = _text(module, skeleton.defs.get(f"{other}.{name}"))
        if text and not re.search(rf"\bsuper\(|\b{re.escape(klass.qualname)}\.{re.escape(name)}\(", text):
            return True
    return False


def _is_let_go(project: Project, module: Module, klass: Klass, closing: str, creating: str) -> bool:
    """Whether a function of the module makes an object for itself, reads what it has, calls what doesn't end it, and is
    done with it. `creating`: the method that has to be called for that ("" for whatever it is): what is never entered
    has nothing that entering makes."""
    maker = project.method(klass, "__init__")
    constructor = region_text(project, maker) if maker is not None else ""
    if creating in frameworks.UNOWNED_WHEN_RAISING - frameworks.ENTRIES or f".{creating}(" in constructor:
        creating = ""
    made = re.compile(rf"^\s+(\w+) = {re.escape(klass.qualname)}\(", re.MULTILINE)
    for known in module.source.skeleton.ordered_defs():
        if known.qualname.startswith(f"{klass.qualname}."):
            continue
        text = _text(module, known)
        if made.search(text) is None:
            continue
        text = with_fields_alone(text)  # an option "--profile" is no profile
        found = made.search(text)
        if found is None:
            continue
        # Whatever else than reading an attribute, or having it work, is done with it may close it, or pass it on; so
        # may what uses what a method gives.
        name = re.escape(found[1])
        if creating and f"{found[1]}.{creating}(" not in text:
            continue
        working = "|".join(map(re.escape, _working_methods(project, klass, closing))) or "(?!)"
        rest = text[found.end() :]
        others = re.sub(rf"^(\s*(?:await )?){name}\.(?:{working})\(", r"\1(", rest, flags=re.MULTILINE)
        others = re.sub(rf"\b{name}\.\w+\b(?!\s*[.(=])", "", others)
        if rest != others and not re.search(rf"\b{name}\b", others):
            return True
        if _closes_when_well(text[found.start() :], found[1]):
            return True
    return False


# `self` where nothing is asked of it: it is given to somebody, kept, returned, entered.
_GIVEN_AWAY = re.compile(r"\bself\b(?!\s*\.)")
_BEGINNING = re.compile(r"\s*(?:async\s+)?def\s+\w+\(\s*\w+")


@question(lambda klass, closing: ())
def _working_methods(project: Project, klass: Klass, closing: str) -> tuple[str, ...]:
    """The methods of a class that neither delete anything nor see to it, nor call one that may, as far as their text
    tells; none where the object is given to somebody, or something is registered, as it is made."""
    texts = {
        name: with_fields_alone(region_text(project, func)) for name, func in project.methods(klass).items()
    }
    names = {closing, *frameworks.ENDING_METHODS, *project.knowledge.tails(Registers)}
    ends = re.compile(
        rf"\b(?:{project.knowledge.deleting}|{'|'.join(map(re.escape, sorted(names)))})\b|\bsuper\(|^\s*@",
        re.MULTILINE,
    )
    ending = {
        name
        for name, text in texts.items()
        if is_close_like(name) or ends.search(text) or _GIVEN_AWAY.search(_BEGINNING.sub("", text, count=1))
    }
    if "__init__" in ending:
        return ()
    before = -1
    while before != len(ending):
        before = len(ending)
        called = re.compile(rf"\bself\.(?:{'|'.join(map(re.escape, sorted({closing, *ending})))})\b")
        ending |= {name for name, text in texts.items() if called.search(text)}
    return tuple(name for name in texts if name not in ending and not name.startswith("__"))


def _closes_when_well(text: str, name: str) -> bool:
    """Whether what is done with an object ends on a straight line with what closes it: where that fails, it stays.
    `text` begins with the line that makes it."""
    first, *lines = text.strip("\n").splitlines()
    depth = len(first) - len(first.lstrip())
    used = False
    for line in lines:
        here = len(line) - len(line.lstrip())
        if line.strip() and here < depth:
            return False  # a clause of what stands around it
        closing = re.match(rf"\s*{re.escape(name)}\.(\w+)\(", line)
        if closing is not None and is_close_like(closing[1]):
            return used and here == depth
        if re.search(rf"\b{re.escape(name)}\b", line) and re.match(r"\s*(?:return|yield|try|with)\b", line):
            return False
        used = used or "(" in line
    return False


def _text(module: Module, known: DefOutline | None) -> str:
    return "\n".join(module.source.lines[known.first_row - 1 : known.last_row]) if known is not None else ""
