"""Whose method is it? `get`, `update` and `remove` of a container never fail, those of a session or a repository do.

Comes in: a call of a method in a body. Goes out: the dotted name of what made its object, as far as literals,
constructors, managers, annotations and the module's variables tell, and what follows from it for the call. Nothing is
walked; attributes of objects aren't followed.
"""

from __future__ import annotations

import re
import sys
from enum import StrEnum

from tmpleak_lint.analysis.domain.values import Dotted, Klass
from tmpleak_lint.analysis.queries.by_name import words_of
from tmpleak_lint.analysis.queries.project import Module, Project
from tmpleak_lint.analysis.queries.questions import question
from tmpleak_lint.analysis.queries.resolver import Statics
from tmpleak_lint.bounds import MOST_ASKED_OF
from tmpleak_lint.flow import graph as g
from tmpleak_lint.flow.graph import Code
from tmpleak_lint.knowledge.model import ANY, Ambiguous
from tmpleak_lint.knowledge.words import REMOTE_WORDS

CONTAINER = "container"  # the origin of what is written out
_HEAD = re.compile(r"\)[^:()\n]*:[ \t]*(?:#[^\n]*)?$", re.MULTILINE)
_KEY = re.compile(r"[\w-]*")


class Receiver(StrEnum):
    """What is known of the object of a method that containers have as well."""

    HARMLESS = "harmless"
    REMOTE = "remote"  # it is made by a library whose calls fail, or named after what isn't in the process
    UNKNOWN = "unknown"


@question(lambda module, code, index: Receiver.HARMLESS)
def receiver_of(project: Project, module: Module, code: Code, index: int) -> Receiver:
    """Whose method the call at a node is, where its name alone says nothing; of any other call that it is harmless."""
    op = code.nodes[index].op
    statics = names_of(project, module, code)
    method = statics.made.get(op.func) if isinstance(op, g.Call) else None
    if not isinstance(op, g.Call) or not isinstance(method, g.GetAttr):
        return Receiver.HARMLESS
    if project.knowledge.effect(f"{ANY}.{method.attr}", Ambiguous) is None:
        return Receiver.HARMLESS
    origin = origin_of(statics, method.obj)
    if origin:
        if project.knowledge.failures(f"{origin}.{method.attr}"):
            return Receiver.REMOTE
        is_known = origin == CONTAINER or origin.partition(".")[0] in sys.stdlib_module_names
        return Receiver.HARMLESS if is_known or "." not in origin else Receiver.UNKNOWN
    keyed = (
        bool(op.args) and isinstance(key := statics.literal(op.args[0].value), str) and _KEY.fullmatch(key)
    )
    named = words_of(statics.text(method.obj)) & REMOTE_WORDS
    return Receiver.REMOTE if named and op.args and not keyed else Receiver.UNKNOWN


@question(lambda module, code: None)
def names_of(project: Project, module: Module, code: Code) -> Statics:
    """The names of a body, resolved once."""
    qualname = code.qualname.rpartition(".")[0]
    known = qualname in module.source.skeleton.classes
    return Statics(project, module, code, Klass(module.key, qualname) if known else None)


def origin_of(statics: Statics, temp: int) -> str:
    """The dotted name of what gave a value: a constructor, a method of what that gave; "" where it isn't known."""
    return _origin(statics, temp, {})


def _origin(statics: Statics, temp: int, known: dict[int, str]) -> str:
    """`known`: what gave others, as far as that was asked for this one; each is asked once."""
    if temp not in known and len(known) < MOST_ASKED_OF:
        known[temp] = ""  # what hangs on itself isn't known, and neither is what hangs on that
        known[temp] = _told(statics, temp, known)
    return known.get(temp, "")


def _told(statics: Statics, temp: int, known: dict[int, str]) -> str:
    match statics.made.get(temp):
        case g.Build() | g.Const() | g.Text():
            return CONTAINER
        case g.Call(func=func):
            return _given_by(statics, func, known)
        case g.Enter(manager=src) | g.Await(src=src) | g.Move(src=src):
            return _origin(statics, src, known)
        case g.GetAttr(obj=obj, attr=attr):
            whole = statics.resolve(temp)
            if isinstance(whole, Dotted):
                return whole.name
            base = _origin(statics, obj, known)
            return f"{base}.{attr}" if base and base != CONTAINER else ""
        case g.Load(name=name):
            sources = statics.sources(temp)
            if not sources:
                return _of_name(statics, name)
            found = ""
            for source in sources:
                origin = _origin(statics, source, known)
                if not origin or origin != (found or origin):
                    return ""  # without asking the others: there may be as many as there are lines
                found = origin
            return found
    return ""


def _given_by(statics: Statics, func: int, known: dict[int, str]) -> str:
    target = statics.resolve(func)
    if isinstance(target, Dotted):
        return target.name
    method = statics.made.get(func) if target is None else None
    if not isinstance(method, g.GetAttr):
        return ""
    base = _origin(statics, method.obj, known)
    return f"{base}.{method.attr}" if base and base != CONTAINER else ""


def _of_name(statics: Statics, name: str) -> str:
    """Of a parameter what its annotation says, of a variable of the module what makes it."""
    lines = statics.module.source.lines
    if any(param.name == name for param in statics.code.params):
        rest = "\n".join(lines[statics.code.span.start.row - 1 : statics.code.span.end.row])
        end = _HEAD.search(rest)
        head = rest[: end.end()] if end is not None else ""
        said = re.search(rf"[(,]\s*\*{{0,2}}{re.escape(name)}\s*:\s*[\"']?([\w.]+)", head)
    elif name in statics.code.local_names:
        return ""
    else:
        text = statics.module.source.text
        if re.search(rf"^{re.escape(name)}[ \t]*(?::[^=\n]*)?=[ \t]*[\[{{\"']", text, re.MULTILINE):
            return CONTAINER
        said = re.search(rf"^{re.escape(name)}[ \t]*(?::[^=\n]*)?=[ \t]*([\w.]+)\(", text, re.MULTILINE)
    found = statics.project.resolve_text(statics.module, said[1]) if said is not None else None
    if isinstance(found, Dotted):
        return found.name
    return said[1] if said is not None and found is None and "." not in said[1] else ""
