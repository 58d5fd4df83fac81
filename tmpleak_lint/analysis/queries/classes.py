"""Which class of the project an object is of, as far as constructors and annotations tell, and what its methods are.

Comes in: a temporary of a body, or a call of a method. Goes out: the classes that the object may be of, nothing where
that can't be told; the bodies that a method call may come to: that of the class, and those of classes in sight that
override it. In sight is what the module that asks, that of the class, and that of whoever gives the object define or
import by name. What is told: constructors, return annotations of functions and methods (`Optional[...]`, `X | None`,
`"Forward"`, `Self`, `Iterator[...]` of a manager), annotated parameters, attributes and variables, properties,
`__enter__`. Nothing is walked.

Not handled: type variables, containers of objects, classes that only a registry filled at run time knows.
"""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Iterable, Iterator

from tmpleak_lint.analysis.domain.values import Dotted, Func, Global, Klass, OneOf, Value
from tmpleak_lint.analysis.queries.project import Module, Project
from tmpleak_lint.analysis.queries.questions import question
from tmpleak_lint.analysis.queries.receivers import names_of
from tmpleak_lint.analysis.queries.resolver import Statics, is_property
from tmpleak_lint.analysis.queries.summaries import is_abstract
from tmpleak_lint.bounds import MOST_ASKED_OF, MOST_IN_TABLE
from tmpleak_lint.flow import graph as g
from tmpleak_lint.flow.graph import Code
from tmpleak_lint.knowledge.frameworks import CONTEXT_MANAGER_DECORATORS
from tmpleak_lint.reading.skeleton import ImportedName, dotted

Klasses = tuple[Klass, ...]
# Strings and comments are passed over in one: neither brackets nor colons count in them.
_MARKS = re.compile(r""""(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|#[^\n]*|[()\[\]{}:]""")
_DEF = re.compile(r"^[ \t]*(?:async[ \t]+)?def\b", re.MULTILINE)
_GIVEN_BACK = frozenset({"Awaitable", "Coroutine"})
_LENT = frozenset({"Iterator", "Generator", "AsyncIterator", "AsyncGenerator", "Iterable", "AsyncIterable"})
_MANAGERS = frozenset({"ContextManager", "AbstractContextManager", "AsyncContextManager"})
_THROUGH = frozenset({"Optional", "Annotated", "Final", "ClassVar"})
_LENDS = frozenset(name.rpartition(".")[2] for name in CONTEXT_MANAGER_DECORATORS)
_ENTERING = ("__enter__", "__aenter__")


# -- methods --------------------------------------------------------------------------------------


@question(lambda module, code, temp: ())
def methods_of(project: Project, module: Module, code: Code, temp: int) -> tuple[tuple[Klass, Func], ...]:
    """The bodies that a call of a method may come to whose temporary this is, each with the class of its object;
    nothing where the class isn't known, or nobody in sight says what the method does."""
    statics = names_of(project, module, code)
    method = statics.made.get(temp)
    if not isinstance(method, g.GetAttr):
        return ()
    found: dict[Func, Klass] = {}
    for klass in classes_of(project, module, code, method.obj):
        for each in (klass, *_below(project, klass, module)):
            func = project.method(each, method.attr)
            if func is not None and not _is_to_override(project, func):
                found.setdefault(func, each)
    return tuple((klass, func) for func, klass in found.items())[:MOST_IN_TABLE]


def _below(project: Project, klass: Klass, module: Module) -> list[Klass]:
    """The classes in sight that come from a class."""
    near: dict[Klass, None] = {}
    for each in dict.fromkeys((klass.module, module.key)):
        near |= dict.fromkeys(_in_sight(project, project.module(each)))
    return [each for each in near if each != klass and klass in project.bases(each)[0]]


@question(lambda module: ())
def _in_sight(project: Project, module: Module) -> Klasses:
    """The classes that a module defines, or imports by a name that is one of a class."""
    skeleton = module.source.skeleton
    found = [Klass(module.key, qualname) for qualname in skeleton.classes]
    for name, imported in sorted(skeleton.imports.items()):
        if name[:1].isupper() and not name.isupper():
            other = project.find(module, module.absolute(imported))
            found += [other] if isinstance(other, Klass) else []
    return tuple(found)


@question(lambda func: False)
def _is_to_override(project: Project, func: Func) -> bool:
    """Whether a method is there to be overridden: it is abstract, or does nothing but say so."""
    if is_abstract(project, func):
        return True
    text = _text(project, func)
    head = _head_end(text)
    body = text[head + 1 :].strip() if head is not None else ""
    said = re.fullmatch(
        r"""(?s)(?:#[^\n]*\n\s*)*(?:[rR]?(\"\"\"|''').*?\1\s*|[rR]?(["'])[^\n]*?\2\s*)?(.*)""", body
    )
    rest = said[3] if said is not None else body
    return (
        re.fullmatch(r"\.\.\.|raise[ \t]+NotImplementedError\b[^\n]*(?:\n[^\n]*\))?", rest.strip())
        is not None
    )


# -- objects --------------------------------------------------------------------------------------


@question(lambda module, code, temp: ())
def classes_of(project: Project, module: Module, code: Code, temp: int) -> Klasses:
    """The classes of the project that what a temporary holds may be of; nothing where it may be something else."""
    return _of(names_of(project, module, code), temp, {})


def _of(statics: Statics, temp: int, known: dict[int, Klasses]) -> Klasses:
    """`known`: what other temporaries are, as far as that was asked for this one; each is asked once."""
    if temp not in known and len(known) < MOST_ASKED_OF:
        known[temp] = ()  # what hangs on itself isn't known, and neither is what hangs on that
        known[temp] = _told(statics, temp, known)
    return known.get(temp, ())


def _told(statics: Statics, temp: int, known: dict[int, Klasses]) -> Klasses:
    project = statics.project
    match statics.made.get(temp):
        case g.Call(func=func):
            return _all(_given(project, each) for each in _called(statics, func, known))
        case g.Await(src=src) | g.Move(src=src):
            return _of(statics, src, known)
        case g.Enter(manager=manager):
            return _entered(statics, manager, known)
        case g.GetAttr(obj=obj, attr=attr):
            owners = _of(statics, obj, known)
            return _all(attribute_classes(project, each, attr) for each in owners)
        case g.Import(module=module, attr=str(attr), level=level):
            return _of_import(statics, statics.module.absolute(ImportedName(module, attr, level)))
        case g.Load(name=name):
            return _of_name(statics, temp, name, known)
    return ()


def _all(found: Iterable[Klasses]) -> Klasses:
    """All of several, nothing where one of them isn't known."""
    all_of_them: dict[Klass, None] = {}
    for klasses in found:
        if not klasses:
            return ()
        all_of_them |= dict.fromkeys(klasses)
    return tuple(all_of_them)


def _called(statics: Statics, func: int, known: dict[int, Klasses]) -> list[Value]:
    """The functions and classes that a call may come to."""
    project = statics.project
    target = statics.resolve(func)
    method = statics.made.get(func)
    if isinstance(target, Dotted):
        found = project.find(statics.module, target.name)
        target = found if found is not None else _method_of_variable(project, statics.module, target.name)
    elif target is None and isinstance(method, g.GetAttr):
        owners = _of(statics, method.obj, known)
        bound = [project.method(each, method.attr) for each in owners]
        return [
            Func(each.module, each.qualname, each.code, owner)
            for each, owner in zip(bound, owners, strict=True)
            if each is not None
        ]
    options = target.options if isinstance(target, OneOf) else (target,)
    return [each for each in options if isinstance(each, Func | Klass)]


def _method_of_variable(project: Project, module: Module, name: str) -> Func | None:
    """`system.create_loader` where `system` is a variable of another module that holds an object of the project."""
    head, _, attr = name.rpartition(".")
    variable = project.variable_behind(module, head) if head else None
    owners = _of_variable(project, variable) if variable is not None else ()
    method = project.method(owners[0], attr) if len(owners) == 1 else None
    return Func(method.module, method.qualname, method.code, owners[0]) if method is not None else None


def _given(project: Project, value: Value) -> Klasses:
    """What a call of a function or class gives."""
    if isinstance(value, Klass):
        return (value,)
    return returned_classes(project, value) if isinstance(value, Func) else ()


@question(lambda func: ())
def returned_classes(project: Project, func: Func) -> Klasses:
    """The classes that the annotation of a function says it gives."""
    head = _head(project, func)
    if head is None or head.returns is None:
        return ()
    return _named(project, project.module(func.module), head.returns, project.owner_of(func)) or ()


def _entered(statics: Statics, manager: int, known: dict[int, Klasses]) -> Klasses:
    """What entering a manager gives."""
    project, found = statics.project, []
    made = statics.made.get(manager)
    for each in _called(statics, made.func, known) if isinstance(made, g.Call) else ():
        if isinstance(each, Func) and any(
            name.rpartition(".")[2] in _LENDS for name in project.decorators(each)
        ):
            head = _head(project, each)
            lent = head.returns if head is not None else None
            if not isinstance(lent, ast.Subscript):
                return ()
            found.append(
                _named(project, project.module(each.module), _first(lent.slice), project.owner_of(each)) or ()
            )
    if found:
        return _all(found)
    return _all(_entered_object(project, each) for each in _of(statics, manager, known))


def _entered_object(project: Project, klass: Klass) -> Klasses:
    """What entering an object gives: by the annotation, or the object itself where that is what it returns."""
    for name in _ENTERING:
        method = project.method(klass, name)
        if method is None:
            continue
        bound = Func(method.module, method.qualname, method.code, klass)
        said = returned_classes(project, bound)
        returned = re.findall(
            r"^[ \t]+return\b[ \t]*([^\n#]*?)[ \t]*(?:#.*)?$", _text(project, method), re.MULTILINE
        )
        return said or ((klass,) if set(returned) == {"self"} else ())
    return ()


def _of_name(statics: Statics, temp: int, name: str, known: dict[int, Klasses]) -> Klasses:
    project, code = statics.project, statics.code
    sources = [src for src in statics.sources(temp) if statics.literal(src) is not None]
    if sources:
        return _all(_of(statics, src, known) for src in sources)
    for param in code.params:
        if param.name == name:
            if (
                param is code.params[0]
                and statics.owner is not None
                and "staticmethod" not in code.decorators
            ):
                return (statics.owner,)
            func = Func(statics.module.key, code.qualname, code)
            return parameter_classes(project, func, name)
    if name in code.local_names:
        return ()
    match project.lookup(statics.module, name):
        case Global() as variable:
            return _of_variable(project, variable)
        case Dotted(name=full):
            return _of_import(statics, full)
    return ()


def _of_import(statics: Statics, full: str) -> Klasses:
    """The classes that a variable of another module is of."""
    found = statics.project.variable_behind(statics.module, full)
    return _of_variable(statics.project, found) if found is not None else ()


@question(lambda func, name: ())
def parameter_classes(project: Project, func: Func, name: str) -> Klasses:
    """The classes that the annotation of a parameter says it is of."""
    head = _head(project, func)
    if head is None:
        return ()
    given = head.args
    for each in (*given.posonlyargs, *given.args, *given.kwonlyargs):
        if each.arg == name and each.annotation is not None:
            return _named(project, project.module(func.module), each.annotation, project.owner_of(func)) or ()
    return ()


@question(lambda variable: ())
def _of_variable(project: Project, variable: Global) -> Klasses:
    """The classes that a module's variable is of: by its annotation, else by what its only assignment calls."""
    module, name = project.module(variable.module), re.escape(variable.name)
    text = module.source.text
    said = re.findall(rf"^{name}[ \t]*:[ \t]*([^=\n#]+)", text, re.MULTILINE)
    if len(said) == 1:
        return _in_words(project, module, said[0], None)
    made = re.findall(rf"^{name}[ \t]*=[ \t]*([^\n]*)", text, re.MULTILINE)
    return _made(project, module, made[0]) if len(made) == 1 else ()


@question(lambda klass, attr: ())
def attribute_classes(project: Project, klass: Klass, attr: str) -> Klasses:
    """The classes that an attribute of an object is of: a property by its annotation; else by that of the attribute,
    or by what the methods of the class put there, where all of it is known."""
    method = project.method(klass, attr)
    if method is not None:
        bound = Func(method.module, method.qualname, method.code, klass)
        return returned_classes(project, bound) if is_property(project, method) else ()
    for each in (klass, *project.bases(klass)[0]):
        module = project.module(each.module)
        known = module.source.skeleton.classes.get(each.qualname) if each.shape is None else None
        if known is None:
            continue
        text = "\n".join(module.source.lines[known.first_row - 1 : known.last_row])
        if attr not in text:
            continue
        name = re.escape(attr)
        said = re.findall(rf"^[ \t]+(?:self\.)?{name}[ \t]*:[ \t]*([^=\n#]+)", text, re.MULTILINE)
        if said:
            return _in_words(project, module, said[0], each)
        stored = list(_stored(project, each, name))
        if stored:
            return _all(stored)
    return ()


def _stored(project: Project, klass: Klass, attr: str) -> Iterator[Klasses]:
    """What the methods of a class put under an attribute, None aside."""
    module = project.module(klass.module)
    known = module.source.skeleton.classes[klass.qualname]
    for qualname in known.methods.values():
        for text in re.findall(
            rf"^[ \t]+self\.{attr}[ \t]*=(?!=)[ \t]*([^\n]*)", module.def_text(qualname), re.MULTILINE
        ):
            value = text.partition("#")[0].strip()
            if value.isidentifier() and value != "None":
                yield parameter_classes(project, Func(module.key, qualname), value)
            elif value != "None":
                yield _made(project, module, value)


def _made(project: Project, module: Module, text: str) -> Klasses:
    """What a call gives that stands at the beginning of a text."""
    called = re.match(r"([A-Za-z_][\w.]*)\(", text)
    return _given(project, project.resolve_text(module, called[1])) if called is not None else ()


# -- annotations ----------------------------------------------------------------------------------


def _in_words(project: Project, module: Module, text: str, own: Klass | None) -> Klasses:
    try:
        return _named(project, module, ast.parse(text.strip(), mode="eval").body, own) or ()
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ()


def _named(project: Project, module: Module, node: ast.expr, own: Klass | None) -> Klasses | None:
    """The classes of the project that an annotation names; None where it names something else."""
    match node:
        case ast.Constant(value=None):
            return ()
        case ast.Constant(value=str(text)):
            return _in_words(project, module, text, own) or None
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return _either(project, module, (left, right), own)
        case ast.Subscript(value=value, slice=inner):
            tail = dotted(value).rpartition(".")[2]
            if tail == "Union":
                return _either(project, module, inner.elts if isinstance(inner, ast.Tuple) else (inner,), own)
            if tail in _THROUGH | _MANAGERS | _LENT:
                return _named(project, module, _first(inner), own) if tail in _THROUGH else None
            if tail in _GIVEN_BACK:
                last = inner.elts[-1] if isinstance(inner, ast.Tuple) and inner.elts else inner
                return _named(project, module, last, own)
            return _named(project, module, value, own)
        case ast.Name() | ast.Attribute():
            text = dotted(node)
            if text.rpartition(".")[2] == "Self":
                return (own,) if own is not None else None
            found = project.resolve_text(module, text) if text else None
            return (found,) if isinstance(found, Klass) else None
    return None


def _either(
    project: Project, module: Module, options: Iterable[ast.expr], own: Klass | None
) -> Klasses | None:
    found = [_named(project, module, each, own) for each in options]
    if any(each is None for each in found):
        return None
    return tuple(dict.fromkeys(klass for each in found if each is not None for klass in each))


def _first(node: ast.expr) -> ast.expr:
    return node.elts[0] if isinstance(node, ast.Tuple) and node.elts else node


def _text(project: Project, func: Func) -> str:
    """The source of a function, its decorators left out."""
    module = project.module(func.module)
    if func.code is not None and func.qualname not in module.source.skeleton.defs:
        span = func.code.span
        text = "\n".join(module.source.lines[span.start.row - 1 : span.end.row])
    else:
        text = module.def_text(func.qualname)
    begun = _DEF.search(text)
    return text[begun.start() :] if begun is not None else ""


def _head_end(text: str) -> int | None:
    """Where the colon stands that ends the head of a def."""
    depth = 0
    for mark in _MARKS.finditer(text):
        if mark[0] in "([{":
            depth += 1
        elif mark[0] in ")]}":
            depth -= 1
        elif mark[0] == ":" and depth == 0:
            return mark.start()
    return None


def _head(project: Project, func: Func) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
    """The head of a function, parsed; None where it can't be."""
    text = _text(project, func)
    end = _head_end(text)
    if end is None or ("->" not in text[:end] and ":" not in text[:end]):
        return None
    try:
        tree = ast.parse(textwrap.dedent(text[:end]) + ": pass")
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # newer syntax than this interpreter knows
        return None
    first = tree.body[0] if tree.body else None
    return first if isinstance(first, ast.FunctionDef | ast.AsyncFunctionDef) else None
