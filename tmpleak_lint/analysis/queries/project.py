# ruff: noqa: PTH112, PTH118  (texts: what is asked there is asked a hundred thousand times in a run)
"""The project around a file: modules found on disk by import, and what a dotted name is there.

Comes in: dotted names and the module that says them. Goes out: functions, classes and globals of the project,
or a dotted name of the world outside. Nothing is imported; only files of the project that the file lies in are read.
"""

from __future__ import annotations

import builtins
import os
import sys
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from tmpleak_lint.analysis.domain import symbols
from tmpleak_lint.analysis.domain.values import (
    UNKNOWN,
    Const,
    Dotted,
    Func,
    Global,
    Inst,
    Klass,
    Member,
    OneOf,
    Partial,
    Value,
    bound,
    one_of,
)
from tmpleak_lint.analysis.queries.answers import Answers
from tmpleak_lint.analysis.queries.modules import Module, Modules
from tmpleak_lint.analysis.queries.questions import question
from tmpleak_lint.flow.graph import Code, Import, MakeFunction, Param, Store
from tmpleak_lint.knowledge.model import Binds
from tmpleak_lint.knowledge.table import Knowledge
from tmpleak_lint.reading.regions import Unreadable
from tmpleak_lint.reading.skeleton import ClassOutline, ImportedName, Prepared, Skeleton, Table

__all__ = ["Module", "Project"]

_BUILTINS = frozenset(dir(builtins))


def _in_order(lines: list[list[Klass]]) -> Iterable[Klass]:
    """The bases of a class, from its direct ones with theirs: each in front of its own bases, those of one class in
    their order (C3). Where that can't be, as no class could be made of them, one after the other."""
    if len(lines) < 2:
        return lines[0] if lines else ()
    given = dict.fromkeys(base for line in lines for base in line)
    left = [[*reversed(line)] for line in (*lines, [line[0] for line in lines])]
    behind = Counter(base for line in left for base in line[:-1])
    found = []
    while left:
        first = next((line[-1] for line in left if not behind[line[-1]]), None)
        if first is None:
            return given
        found.append(first)
        for line in left:
            if line[-1] == first:
                line.pop()
                if line:
                    behind[line[-1]] -= 1
        left = [line for line in left if line]
    return found


def _alias(skeleton: Skeleton, name: str) -> tuple[str, str] | None:
    """What a module-level name is another name of, or has prepared: a name, and what is asked of it."""
    if name in skeleton.defs or name in skeleton.classes or name in skeleton.imports:
        return None
    if skeleton.bindings.get(name) != 1 or name in skeleton.constants:
        return None
    prepared = skeleton.prepared.get(name)
    text = prepared.first if prepared is not None else skeleton.aliases.get(name, "")
    head, _, rest = text.partition(".")
    return (head, rest) if head else None


def _imported_text(module: Module, text: str) -> str | None:
    """The dotted name that a text means which begins with the name of an import."""
    head, dot, rest = text.partition(".")
    imported = module.source.skeleton.imports.get(head)
    return f"{module.absolute(imported)}{dot}{rest}" if imported is not None else None


@dataclass
class Project(Modules):
    """What the files of one run share: the modules read so far, memoised answers, the knowledge tables, the opt-in
    codes asked for."""

    knowledge: Knowledge = field(default_factory=Knowledge)
    opt_in: frozenset[str] = frozenset()

    def for_sharing(self, steps: int) -> Project:
        """A project of the same modules, as far as they are parsed, that has found out nothing yet.

        It is for a file that takes too many steps: each body gets so many.
        """
        project = replace(
            self,
            _modules=dict(self._modules),
            _files=dict(self._files),
            _digests=dict(self._digests),
            answers=Answers(),
            walked={},
            carried={},
        )
        project.answers.share(steps)
        return project

    # -- names ------------------------------------------------------------------------------------

    def lookup(self, module: Module, name: str) -> Value:
        """What a module-level name of a module is."""
        if name in module.source.skeleton.defs:
            return Func(module.key, name)  # most names that are looked up, and no other name of anything
        names, rests = [name], [""]  # the name, what it is another name of, and so on
        while (alias := _alias(module.source.skeleton, names[-1])) is not None and alias[0] not in names:
            names.append(alias[0])
            rests.append(alias[1])
        found = self._bound(module, names.pop())
        while names:
            other, rest = names.pop(), rests.pop()
            if isinstance(found, Dotted) and rest:
                found = Dotted(f"{found.name}.{rest}")
            elif rest or not isinstance(found, Func | Klass | Dotted | Partial | OneOf):
                found = Global(module.key, other)
            prepared = module.source.skeleton.prepared.get(other)
            if prepared is not None:
                found = self.prepared(module, prepared, found) or Global(module.key, other)
        return found

    def _bound(self, module: Module, name: str) -> Value:
        """What a module-level name of a module is that isn't another name of something."""
        skeleton = module.source.skeleton
        if name in skeleton.defs:
            return Func(module.key, name)
        if name in skeleton.classes:
            return Klass(module.key, name)
        if name in skeleton.imports:
            return self._imported(module, name)
        if name in skeleton.bindings:
            if name in module.source.bound_by_functions:
                return Global(module.key, name)
            if skeleton.bindings[name] == 1 and name in skeleton.constants:
                return Const(skeleton.constants[name])
            is_lambda = skeleton.bindings[name] == 1 and name in skeleton.lambdas
            chosen = self._lambda(module, name) if is_lambda else self._chosen(module, name)
            return chosen or Global(module.key, name)
        starred = self._starred(module, name)
        if starred is not None:
            return starred
        return Dotted(name) if name in _BUILTINS else symbols.ModuleName(module.key, name)

    @question(lambda module, name: None)
    def _chosen(self, module: Module, name: str) -> Value | None:
        """The callables that a name is one of: `a if x else b`, `a or b`, or bound in several places."""
        texts = module.source.skeleton.choices.get(name, [])
        found = [self.resolve_text(module, text) if text else UNKNOWN for text in texts]
        known = [each for each in found if not isinstance(each, Const)]
        return one_of(known) if len(texts) > 1 and any(map(self.is_callable, known)) else None

    def in_table(self, base: Value, key: object) -> Value | None:
        """What a container of a module or class holds that is written down there, under a key or (`...` for a key that
        isn't known) at all; None where that is no callable."""
        module, table = self._table(base)
        if module is None:
            return None
        if isinstance(key, int) and key < 0:
            key += len(table)
        texts = [text for at, text in table if key is ... or (at == key and type(at) is type(key))]
        found = [self.resolve_text(module, text) for text in texts if text]
        return one_of(found) if found and any(map(self.is_callable, found)) else None

    def all_in_table(self, base: Value) -> list[Value]:
        """All that such a container holds, where all of it is written down by name."""
        module, table = self._table(base)
        if module is None or not all(text for _, text in table):
            return []
        return [self.resolve_text(module, text) for _, text in table]

    def _table(self, base: Value) -> tuple[Module | None, Table]:
        """What is written down in a container of a module or class, and the module in which it stands."""
        module, table = None, None
        match base:
            case Global(module=key_of, name=name):
                module = self.module(key_of)
                table = module.source.skeleton.tables.get(name)
            case Member(base=Inst(klass=klass) | (Klass() as klass), attr=attr):
                module = self.module(klass.module)
                known = module.source.skeleton.classes.get(klass.qualname) if klass.shape is None else None
                table = known.tables.get(attr) if known is not None else None
        if (
            module is None
            or not table
            or module.source.skeleton.bindings.get(getattr(base, "name", ""), 1) != 1
        ):
            return None, ()
        return module, table

    def _imported(self, module: Module, name: str) -> Dotted:
        """What an imported name is; of several imports (`except ImportError:`) the first of which anything is known."""
        skeleton = module.source.skeleton
        if name not in skeleton.other_imports and name not in skeleton.aliases:
            return Dotted(module.absolute(skeleton.imports[name]))
        names = [
            module.absolute(each) for each in (skeleton.imports[name], *skeleton.other_imports.get(name, ()))
        ]
        alias = skeleton.aliases.get(name)
        if alias is not None and len(names) == 1 and alias.partition(".")[0] != name:
            names += filter(None, (_imported_text(module, alias),))
        if len(names) > 1:
            known = (each for each in names if self.knowledge.knows(each) or self.find(module, each))
            return Dotted(next(known, names[0]))
        return Dotted(names[0])

    def prepared(self, module: Module, call: Prepared, func: Value) -> Partial | None:
        """The callable that a call at module level gives whose first argument is `func`: `partial(func, ...)`."""
        binder = _imported_text(module, call.callee)
        binds = self.knowledge.effect(binder, Binds) if binder is not None else None
        if binds is None:
            return None
        if not isinstance(func, Dotted | Func | Klass | Partial):
            return None
        args = tuple(UNKNOWN if value is ... else Const(value) for value in call.args)
        keywords = tuple((key, UNKNOWN if value is ... else Const(value)) for key, value in call.keywords)
        return bound(func, args, keywords, binds.runner)

    def _lambda(self, module: Module, name: str) -> Func | None:
        try:
            nodes = module.source.module_body.nodes
        except Unreadable:
            return None
        made = {node.op.dest: node.op.code for node in nodes if isinstance(node.op, MakeFunction)}
        stored = (node.op.src for node in nodes if isinstance(node.op, Store) and node.op.name == name)
        code = next((made[src] for src in stored if src in made), None)
        return Func(module.key, code.qualname, code) if code is not None else None

    def _starred(self, module: Module, name: str) -> Value | None:
        """What a name is that `from module import *` brings."""
        for star in module.source.skeleton.star_imports:
            dotted = module.absolute(ImportedName(star.module, name, star.level))
            found = self.find(module, dotted)
            if found is not None:
                return found
            if self.knowledge.knows(dotted):
                return Dotted(dotted)
        return None

    def find(self, module: Module, dotted: str) -> Value | None:
        """The function, class or global of the project that a dotted name means, None when it lies outside; for
        something outside that a module of the project hands on, the name it has there."""
        if module.root is None:
            return None
        top = dotted.partition(".")[0]
        if top in sys.stdlib_module_names and module.package[:1] != (top,):
            return None  # the tables speak for it, also where its source lies beside the file
        return self._found(module.places, dotted)

    @question(lambda places, dotted: None, is_final=lambda found: found is not None)
    def _found(self, places: tuple[str, ...], dotted: str) -> Value | None:
        """What a dotted name means to modules that import from these folders. In a circle of modules that import
        each other's names it is what is met first on the way round."""
        parts = dotted.split(".")
        for place in places:
            if place != places[0] and not self._has_top(place, parts[0]):
                continue
            for cut in range(len(parts) - 1, 0, -1):
                path = self._module_file(place, parts[:cut])
                if path is not None:
                    other = self.read(path)
                    return self._member(other, parts[cut:]) if other is not None else None
        return None

    def variable(self, module: Module, dotted: str) -> Global | None:
        """The variable of another module of the project that a dotted name means, whatever it has at first."""
        return self._variable(module.places, dotted) if module.root is not None else None

    @question()
    def _variable(self, places: tuple[str, ...], dotted: str) -> Global | None:
        *parts, name = dotted.split(".")
        for place in places if parts else ():
            path = self._module_file(place, parts)
            other = self.read(path) if path is not None else None
            if other is not None:
                return Global(other.key, name) if name in other.source.skeleton.bindings else None
        return None

    def variable_behind(self, module: Module, dotted: str) -> Global | None:
        """The variable that a dotted name means, also where modules hand it on that import it."""
        return self._variable_behind(module.places, dotted) if module.root is not None else None

    @question(lambda places, dotted: None)
    def _variable_behind(self, places: tuple[str, ...], dotted: str) -> Global | None:
        *parts, name = dotted.split(".")
        for place in places if parts else ():
            path = self._module_file(place, parts)
            other = self.read(path) if path is not None else None
            if other is None:
                continue
            skeleton = other.source.skeleton
            if name in skeleton.bindings:
                return Global(other.key, name)
            imported = skeleton.imports.get(name)
            return self.variable_behind(other, other.absolute(imported)) if imported is not None else None
        return None

    def _has_top(self, place: str, name: str) -> bool:
        """Whether a folder holds a module, a package, or a folder that may be one without `__init__.py`."""
        return self._module_file(place, [name]) is not None or os.path.isdir(os.path.join(place, name))

    def _member(self, module: Module, parts: list[str]) -> Value | None:
        """`a.b` inside a module: through its defs, classes and re-exports."""
        skeleton = module.source.skeleton
        name = parts[0]
        whole = ".".join(parts)
        if whole in skeleton.classes:
            return Klass(module.key, whole)
        if len(parts) == 2 and name in skeleton.classes:
            return self._of_class(Klass(module.key, name), parts[1])
        if whole in skeleton.defs:
            return Func(module.key, whole)
        if name in skeleton.imports:
            target = ".".join([self._imported(module, name).name, *parts[1:]])
            # What lies outside and is handed on (`from .compat import shutil`) goes by its own name.
            return self.find(module, target) or Dotted(target)
        for star in skeleton.star_imports:
            target = module.absolute(ImportedName(star.module, None, star.level))
            found = self.find(module, f"{target}.{whole}")
            if found is not None:
                return found
            if self.knowledge.knows(f"{target}.{whole}"):
                return Dotted(f"{target}.{whole}")
        if name in skeleton.bindings and len(parts) == 1:
            bound = self.lookup(module, name)
            is_alias = name in skeleton.aliases and not self.is_callable(bound)
            return bound if not is_alias else Global(module.key, name)
        return None

    def is_callable(self, value: Value) -> bool:
        """Whether a value is a function or class: of the project, one that a row speaks of, or prepared."""
        return isinstance(value, Func | Klass | Partial | OneOf) or (
            isinstance(value, Dotted) and self.knowledge.knows(value.name)
        )

    def _of_class(self, klass: Klass, name: str) -> Value | None:
        """`Class.name`: a class method comes bound to the class."""
        func = self.method(klass, name)
        if func is None or "classmethod" not in self.decorators(func):
            return func
        return Func(func.module, func.qualname, func.code, klass)

    # -- functions and classes --------------------------------------------------------------------

    def code(self, func: Func) -> Code | None:
        """The body of a function of the project; None when it can't be parsed."""
        if func.code is not None:
            return func.code
        try:
            return self.module(func.module).source.function(func.qualname)
        except Unreadable:
            return None

    def enclosing(self, module: Module, code: Code, name: str) -> Func | Dotted | None:
        """The function that a name of a body is which the functions around it define, or what they import by it, and
        bind to nothing else."""
        return None if code.qualname in module.source.skeleton.defs else self._enclosing(module, code, name)

    @question(lambda module, code, name: None)
    def _enclosing(self, module: Module, code: Code, name: str) -> Func | Dotted | None:
        found: Func | Dotted | None = None
        for outer in self._around(module, code):
            if name in outer.local_names:
                found = _only_binding(module, outer, name)
        return found

    def parameter_around(self, module: Module, code: Code, name: str) -> tuple[Code, Param] | None:
        """The function around a nested body that has a name of it at all, and its parameter of that name."""
        if code.qualname in module.source.skeleton.defs:
            return None
        having = [outer for outer in self._around(module, code) if name in outer.local_names]
        found = (param for param in having[-1].params if param.name == name) if having else iter(())
        return next(((having[-1], param) for param in found), None)

    def _around(self, module: Module, code: Code) -> Iterator[Code]:
        """The bodies around a nested one, the outermost first."""
        known = code.qualname
        while known and known not in module.source.skeleton.defs:
            known = known.rpartition(".")[0]
        outer = self.code(Func(module.key, known)) if known else None
        while outer is not None and outer is not code:
            yield outer
            inner = (each for each in outer.nested if f"{code.qualname}.".startswith(f"{each.qualname}."))
            outer = next(inner, None)

    def decorators(self, func: Func) -> tuple[str, ...]:
        """The dotted names of a function's decorators, without parsing its body."""
        if func.code is not None:
            return func.code.decorators
        known = self.module(func.module).source.skeleton.defs.get(func.qualname)
        return known.decorators if known is not None else ()

    def owner_of(self, func: Func) -> Klass | None:
        """The class that a method belongs to (the instance's own class where it is bound)."""
        if isinstance(func.bound, Inst):
            return func.bound.klass
        if isinstance(func.bound, Klass):
            return func.bound
        if func.code is not None:
            return None
        known = self.module(func.module).source.skeleton.defs.get(func.qualname)
        return Klass(func.module, known.owner) if known is not None and known.owner is not None else None

    @question(lambda klass: ([], []))
    def bases(self, klass: Klass) -> tuple[list[Klass], list[str]]:
        """Base classes in the project, in the order in which Python looks a method up, and the names of those
        outside."""
        lines: list[list[Klass]] = []
        outside: dict[str, None] = {}
        module = self.module(klass.module)
        for name in self.base_names(klass):
            found = self.resolve_text(module, name)
            if isinstance(found, Klass):
                inside, further = self.bases(found)
                lines.append([found, *inside])
                outside |= dict.fromkeys(further)
            elif isinstance(found, Dotted):
                outside[found.name] = None
            elif name:
                outside[name] = None
        return [base for base in _in_order(lines) if base != klass], list(outside)

    def base_names(self, klass: Klass) -> tuple[str, ...]:
        """The bases of a class as they are written."""
        if klass.shape is not None:
            return klass.shape.bases
        known = self.module(klass.module).source.skeleton.classes.get(klass.qualname)
        return known.bases if known is not None else ()

    def resolve_text(self, module: Module, dotted: str) -> Value:
        """`a.b.c` as written at module level."""
        head, _, rest = dotted.partition(".")
        found = self.lookup(module, head) if head else UNKNOWN
        if isinstance(found, Dotted):
            name = f"{found.name}.{rest}" if rest else found.name
            return self.find(module, name) or Dotted(name)
        if isinstance(found, Klass) and rest:
            inner = Klass(found.module, f"{found.qualname}.{rest}")
            if inner.qualname in self.module(found.module).source.skeleton.classes:
                return inner
        return found if not rest else UNKNOWN

    def method(self, klass: Klass, name: str) -> Func | None:
        """The method that `name` means on an instance: the class's own, or the nearest base's in the
        project."""
        return self.methods(klass).get(name)

    def method_above(self, klass: Klass, owner: Klass, name: str) -> Func | None:
        """The method that `super().name` means in a method of `owner`, for an object of `klass`."""
        line = [klass, *self.bases(klass)[0]]
        above = line[line.index(owner) + 1 :] if owner in line else self.bases(owner)[0]
        return next((own for each in above if (own := self.own_method(each, name)) is not None), None)

    def class_around(self, module: Module, code: Code) -> Klass | None:
        """The class whose body a method stands in."""
        known = module.source.skeleton.defs.get(code.qualname)
        return Klass(module.key, known.owner) if known is not None and known.owner is not None else None

    @question(lambda klass: {})
    def methods(self, klass: Klass) -> Mapping[str, Func]:
        """The methods of a class and its bases in the project by name, in a stable order."""
        table = {
            name: own
            for name in self.own_method_names(klass)
            if (own := self.own_method(klass, name)) is not None
        }
        near = self.above_in_line(klass)
        if near is not None:  # what is known of it is known of all above
            table |= {name: its for name, its in self.methods(near).items() if name not in table}
            return table
        for base in self.bases(klass)[0]:
            for name in self.own_method_names(base):
                if name not in table and (own := self.own_method(base, name)) is not None:
                    table[name] = own
        return table

    def above_in_line(self, klass: Klass) -> Klass | None:
        """The base next to a class that inherits from the project in one line."""
        above = self.bases(klass)[0]
        return above[0] if above and self.bases(above[0])[0] == above[1:] else None

    def own_method(self, klass: Klass, name: str) -> Func | None:
        """The method of that name that the class itself defines."""
        if klass.shape is not None:
            code = klass.shape.methods.get(name)
            return Func(klass.module, code.qualname, code) if code is not None else None
        known = self.module(klass.module).source.skeleton.classes.get(klass.qualname)
        if known is None or name not in known.methods:
            return self._named_in_class(klass, known, name) if known is not None else None
        return Func(klass.module, known.methods[name])

    def _named_in_class(self, klass: Klass, known: ClassOutline, name: str) -> Func | None:
        """The function of the module that is a method by another name: `close = _close`."""
        if name not in known.aliases or name in known.statics:
            return None
        found = self.resolve_text(self.module(klass.module), known.aliases[name])
        return found if isinstance(found, Func) and found.code is None and found.bound is None else None

    def own_method_names(self, klass: Klass) -> Collection[str]:
        """What the methods are called that a class defines itself."""
        if klass.shape is not None:
            return klass.shape.methods
        known = self.module(klass.module).source.skeleton.classes.get(klass.qualname)
        if known is None:
            return ()
        others = [name for name in known.aliases if self._named_in_class(klass, known, name) is not None]
        return [*known.methods, *others] if others else known.methods


def _only_binding(module: Module, code: Code, name: str) -> Func | Dotted | None:
    """The function that a name of a body stands for, or what is imported by it, where it is bound just once."""
    bound = [node.op.src for node in code.nodes if isinstance(node.op, Store) and node.op.name == name]
    if len(bound) != 1:
        return None
    defined = [each for each in code.nested if each.name == name]
    if len(defined) == 1:
        return Func(module.key, defined[0].qualname, defined[0])
    for node in code.nodes:
        if isinstance(node.op, Import) and node.op.dest == bound[0]:
            op = node.op
            return Dotted(module.absolute(ImportedName(op.module, op.attr, op.level)))
    return None
