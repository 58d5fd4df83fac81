"""The helper whose call makes the file, and what it may give in place of that: nothing, something in another form, or
what it was given itself.

In: the creating call, and what its statement binds. Out: the same `Binding` with what asks, below the creation, whether
there is a file to be deleted; yes or no. Raises `Unfit` where nothing can ask that.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from tmpleak_lint.analysis.domain import values as v
from tmpleak_lint.analysis.queries import records
from tmpleak_lint.analysis.queries.resolver import Statics
from tmpleak_lint.analysis.verdict.project_context import ProjectContext
from tmpleak_lint.fixing.binding import Binding
from tmpleak_lint.fixing.comparing import Body, Form, Given, Told, forms_of
from tmpleak_lint.fixing.comparing.functions import gives_again
from tmpleak_lint.fixing.comparing.terms import Term, const
from tmpleak_lint.fixing.creating_call import CreatingCall
from tmpleak_lint.fixing.names import tail_of
from tmpleak_lint.fixing.refusals import Telling
from tmpleak_lint.fixing.source import Unfit, own_nodes
from tmpleak_lint.fixing.theirs import gives_theirs, head_of, says_path
from tmpleak_lint.flow.graph import Call, Code
from tmpleak_lint.knowledge.model import Creates

_ANOTHER_FORM = "the helper may give something else than its file, or in another form"
_RECEIVERS = ("self", "cls")
_LOOPS = (ast.For, ast.AsyncFor, ast.While)
_OF_CLASS = frozenset({"staticmethod", "classmethod"})
_SINGLETONS = {"None": None, "True": True, "False": False}


@dataclass(eq=False)
class Helper:
    """The function of the project whose call makes the file, where it is one."""

    at: CreatingCall

    def asked(self, found: Binding) -> Binding:
        """What the statement binds, with what tells the file from all else that the helper may give. Raises `Unfit`."""
        handed = self.at.site.handed
        if handed is None:
            return found
        given = frozenset(each for each in self._forms if isinstance(each, Given))
        told = next((each for each in self._forms if isinstance(each, Told)), None)
        if told is not None:
            return self._where_told(found, told)
        forms = frozenset(each for each in self._forms if isinstance(each, str))
        if forms - {"none", "part", _form(handed.value)}:
            raise Unfit(_ANOTHER_FORM, Telling.MADE)
        if given:
            if len(given) > 1 or forms & {"none", "part"} or found.optional or found.when:
                raise Unfit(_ANOTHER_FORM, Telling.MADE)
            return self._unless_given(found, next(iter(given)))
        if not forms & {"none", "part"}:
            return found
        if self._leaves_if_none(found.name) and "part" not in forms:
            return replace(found, asked=True)
        whole = re.match(r"\w+(?=[.\[])", found.path)
        if "none" in forms and whole is not None:
            if "part" in forms:
                raise Unfit("the helper may give none, or a tuple with none", Telling.MADE)
            return replace(found, optional=True, asks=whole[0])
        return replace(found, optional=True)

    def _unless_given(self, found: Binding, given: Given) -> Binding:
        """The binding with what asks, below the creation, whether the helper has made a file or gives what it was
        given. Raises `Unfit` where nothing can ask that."""
        argument = self._argument(given.param)
        name = argument.id if isinstance(argument, ast.Name) else ""
        wrapped = self._wrapped(given.made_by)
        if found.path != found.name or name not in self.at.stores or (given.made_by and not wrapped):
            raise Unfit(_ANOTHER_FORM, Telling.MADE)
        same, row = name == found.name, self.at.statement.lineno
        later = sum(each >= row for each in self.at.stores[name])
        if later > same or len(self.at.stores[found.name]) > 1 + same or self._shared & {name, found.name}:
            raise Unfit("what decides whether the file is made is bound again")
        loops = [e.lineno for e in self.at.source.ancestors(self.at.statement) if isinstance(e, _LOOPS)]
        if same and not all(max(loops, default=0) <= each for each in self.at.stores[name] if loops):
            raise Unfit("the next round would be given what is deleted")
        is_path_like = self._is_path_like(given.param, name)
        if given.made_by == "str" and not is_path_like:  # its text may change
            raise Unfit(_ANOTHER_FORM, Telling.MADE)
        kept = self.at.fresh(f"given_{name}") if same else name
        other = f"{wrapped}({kept})" if wrapped else kept
        asked = {f"{found.name} != {other}", f"{other} != {found.name}"}
        asked |= set() if wrapped else {f"{found.name} is not {other}", f"{other} is not {found.name}"}
        own = (
            self.at.source.code(node) for node in own_nodes(self.at.scope) if isinstance(node, ast.Compare)
        )
        plain = "!=" if wrapped or is_path_like else "is not"
        when = next((text for text in own if text in asked), f"{found.name} {plain} {other}")
        return replace(found, when=when, keeps=f"{kept} = {name}" if same else "")

    def _where_told(self, found: Binding, told: Told) -> Binding:
        """The binding with the variable that says whether the helper has made the file. Raises `Unfit`."""
        targets = getattr(self.at.statement, "targets", [None])
        parts = targets[0].elts if isinstance(targets[0], ast.Tuple | ast.List) else []
        flag = parts[told.at] if told.at < len(parts) else None
        if not isinstance(flag, ast.Name) or not flag.id.strip("_") or found.optional or found.when:
            raise Unfit(_ANOTHER_FORM, Telling.MADE)
        names = {flag.id, found.name}
        later = [
            row for name in names for row in self.at.stores.get(name, ()) if row >= self.at.statement.lineno
        ]
        if len(later) > len(names) or names & self._shared:
            raise Unfit("what decides whether the file is made is bound again")
        return replace(found, when=flag.id if told.yes else f"not {flag.id}")

    @property
    def _shared(self) -> frozenset[str]:
        """The variables that inner functions, or the module, share with the scope."""
        sharing = (n for n in ast.walk(self.at.scope) if isinstance(n, ast.Global | ast.Nonlocal))
        return frozenset(name for each in sharing for name in each.names)

    def _argument(self, param: str) -> ast.expr | None:
        """What the creating call gives a helper, called by its own name, for this parameter, where that is told."""
        for _, _, _, code in self._helpers():
            names = [each.name for each in code.params if each.kind == "pos" and each.name not in _RECEIVERS]
            called, of_object = self.at.call.func, any(each.name in _RECEIVERS for each in code.params)
            holder = tail_of(called.value) if isinstance(called, ast.Attribute) else ""
            bound = bool(holder) and not holder.lstrip("_")[:1].isupper()  # `Class.method(object, ...)` isn't
            if tail_of(called) != code.name or set(code.decorators) - _OF_CLASS or (of_object and not bound):
                return None
            if any(isinstance(each, ast.Starred) for each in self.at.call.args):
                return None
            written = dict(zip(names, self.at.call.args, strict=False))
            written |= {each.arg: each.value for each in self.at.call.keywords if each.arg is not None}
            return written.get(param)
        return None

    def _wrapped(self, made_by: str) -> str:
        """By what name the module knows `pathlib.Path` or `str`, "" where it doesn't."""
        if made_by == "str":
            return made_by if self.at.knows_builtin(made_by) else ""
        for each in self.at.source.tree.body if made_by else ():
            for alias in each.names if isinstance(each, ast.Import | ast.ImportFrom) else ():
                own = alias.asname or alias.name
                if isinstance(each, ast.ImportFrom) and each.module == "pathlib" and alias.name == "Path":
                    return own
                if isinstance(each, ast.Import) and alias.name == "pathlib":
                    return f"{own}.Path"
        return ""

    def _is_path_like(self, param: str, name: str) -> bool:
        """Whether the helper's parameter, or the argument that it gets, is said to be a path or a text: others may be
        compared in ways of their own."""
        heads = [getattr(self.at.scope, "args", None)]
        heads += [
            head_of(self.at.project.module(target.module), code) for _, _, target, code in self._helpers()
        ]
        return any(
            each.arg in (param, name) and each.annotation is not None and says_path(each.annotation)
            for head in heads
            if head is not None
            for each in (*head.posonlyargs, *head.args, *head.kwonlyargs)
        )

    def _leaves_if_none(self, name: str) -> bool:
        """Whether the statement below the creation leaves where the helper has made nothing."""
        below = self.at.block.statements[self.at.index + 1 :][:1]
        match below:
            case [ast.If(test=test, body=[*_, last], orelse=[])]:
                asks = self.at.source.code(test) in (f"{name} is None", f"not {name}")
                return asks and isinstance(last, ast.Return | ast.Raise | ast.Continue | ast.Break)
        return False

    @cached_property
    def _forms(self) -> frozenset[Form]:
        """In which forms the helper that makes the file may give it when it is called like here."""
        return self._forms_with({})

    def _forms_with(self, known: dict[str, Term]) -> frozenset[Form]:
        """The same where of some parameters more is known."""
        for statics, call, target, code in self._helpers():
            owner = self.at.project.owner_of(target)
            module = self.at.project.module(target.module)
            sites = ProjectContext(self.at.project).sites_of(records.Body(module, code, owner))
            body = Body(self.at.project, module, code, owner)
            return forms_of(body, sites, _given(statics, call, code) | known, self._place)
        return frozenset()

    @cached_property
    def stands_in(self) -> bool:
        """Whether the helper makes its file in place of what it was given none of: a place for the result, say."""
        given = next((each for each in self._forms if isinstance(each, Given)), None)
        if given is None:
            return False
        forms = self._forms_with({given.param: const(None)})
        return not any(isinstance(each, Given) or each in ("none", "part", "other") for each in forms)

    @cached_property
    def gives_again(self) -> bool:
        """Whether it gives its file to whoever asks next, too."""
        return self.is_known and any(
            gives_again(self.at.project.module(target.module), code) for _, _, target, code in self._helpers()
        )

    @property
    def gives_theirs(self) -> bool:
        """Whether it gives, on another way, what it was given, or what lies beside that."""
        makers = self.at.knowledge.tails(Creates)
        return self.is_known and any(
            gives_theirs(self.at.project.module(target.module), code, makers, self._place)
            for _, _, target, code in self._helpers()
        )

    @property
    def is_known(self) -> bool:
        """Whether a helper has made the file, for all that is known."""
        return self.at.verdict is not None and self.at.site.handed is not None

    def _helpers(self) -> Iterator[tuple[Statics, Call, v.Func, Code]]:
        """The functions of the project whose call makes the file, with the call."""
        assert self.at.verdict is not None
        explorer = self.at.verdict.explorer
        statics = Statics(self.at.project, explorer.module, explorer.code, self.at.klass)
        for index in sorted(self.at.site.nodes):
            call = explorer.code.nodes[index].op
            target = statics.resolve(call.func) if isinstance(call, Call) else None
            if isinstance(target, v.Dotted):
                target = self.at.project.find(explorer.module, target.name)
            code = self.at.project.code(target) if isinstance(target, v.Func) else None
            if isinstance(target, v.Func) and code is not None and isinstance(call, Call):
                yield statics, call, target, code

    @property
    def _place(self) -> int:
        """Where in the tuple that a helper gives the file stands; 0 where it gives none."""
        value = self.at.site.handed.value if self.at.site.handed is not None else None
        items = value.items if isinstance(value, v.Seq) else ()
        return next((at for at, item in enumerate(items) if isinstance(item, v.Ref)), 0)


def _form(value: object) -> str:
    if isinstance(value, v.Seq):
        return "pair"
    if isinstance(value, v.Ref):
        return "handle" if value.role is v.Role.HANDLE else "path"
    return "other"


def _given(statics: Statics, call: Call, code: Code) -> dict[str, Term]:
    """What the parameters of a function are when it is called like this, as far as they are constants."""
    given: dict[str, Term] = {
        param.name: const(_SINGLETONS.get(param.default_name, param.default))
        for param in code.params
        if param.has_default and (not param.default_name or param.default_name in _SINGLETONS)
    }
    names = [param.name for param in code.params if param.kind == "pos" and param.name not in _RECEIVERS]
    for position, argument in enumerate(call.args):
        if argument.star:
            return {}
        name = argument.keyword or (names[position] if position < len(names) else "")
        value = statics.literal(argument.value)
        given.pop(name, None)
        if value is not ...:
            given[name] = const(value)
    return given
