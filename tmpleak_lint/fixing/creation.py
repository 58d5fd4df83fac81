"""Where the file of a finding is made, what names it, and the class around that.

In: a finding with its verdict, and the file as a `Source`. Out: a `Creation`. Raises `Unfit` where the statement or
the binding is of a shape that no rewrite understands. What becomes of the file stands in `subject`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from tmpleak_lint.analysis.domain import values as v
from tmpleak_lint.analysis.queries import records
from tmpleak_lint.analysis.queries.resolver import Statics
from tmpleak_lint.analysis.queries.sites import Obligation, Site
from tmpleak_lint.analysis.verdict.project_context import ProjectContext
from tmpleak_lint.fixing.binding import Binding, bind
from tmpleak_lint.fixing.comparing import Body, Form, Given, Told, forms_of
from tmpleak_lint.fixing.comparing.functions import gives_again
from tmpleak_lint.fixing.comparing.terms import Term, const
from tmpleak_lint.fixing.names import bound_by, name_of, names_in, tail_of
from tmpleak_lint.fixing.passing import (
    filled,
    parts_of,
    passed_on,
)
from tmpleak_lint.fixing.refusals import Telling
from tmpleak_lint.fixing.source import (
    Block,
    Function,
    Scope,
    Source,
    Unfit,
    head_nodes,
    meant_within,
    own_nodes,
)
from tmpleak_lint.fixing.sure import is_bound_above
from tmpleak_lint.fixing.theirs import gives_theirs, head_of, says_path
from tmpleak_lint.flow.graph import Call, Code
from tmpleak_lint.knowledge.frameworks import TEST_BASES
from tmpleak_lint.knowledge.model import (
    Asks,
    Borrows,
    Creates,
    Deletes,
    Derives,
    Makes,
    Moves,
    Names,
    Opens,
    OpensNamed,
    Reads,
    Registers,
    RunsCommand,
    Shape,
    Tells,
)
from tmpleak_lint.knowledge.table import Knowledge
from tmpleak_lint.model import Finding

if TYPE_CHECKING:
    from tmpleak_lint.analysis.queries.project import Project
    from tmpleak_lint.analysis.verdict.judge import Verdict

_ANOTHER_FORM = "the helper may give something else than its file, or in another form"
_RECEIVERS = ("self", "cls")
_LOOPS = (ast.For, ast.AsyncFor, ast.While)
_OF_CLASS = frozenset({"staticmethod", "classmethod"})
_CLASS_CLEANUP_SINCE = (3, 8)  # TestCase.addClassCleanup()
_WITHOUT_CLASS_CLEANUP = frozenset({"SynchronousTestCase"})  # twisted's own
_SINGLETONS = {"None": None, "True": True, "False": False}
# What neither deletes nor moves the file that it is given: it opens, makes, asks for, names or tells it.
_BORROWING = (Borrows, Opens, OpensNamed, Makes, Derives, Reads, Tells)


@dataclass(eq=False)
class Creation:
    """The creating call of a finding and the code around it."""

    source: Source
    finding: Finding
    verdict: Verdict | None
    project: Project
    target: tuple[int, int]

    # -- what calls are known by their names ------------------------------------------------------

    @property
    def knowledge(self) -> Knowledge:
        return self.project.knowledge

    @cached_property
    def removers(self) -> frozenset[str]:
        """What deletes, by the last part of its name."""
        return self.knowledge.tails(Deletes)

    @cached_property
    def _asking(self) -> frozenset[str]:
        """The names in an expression that asks whether something is there, or a variable bound."""
        asks = (row.name.split(".") for row in self.knowledge.rows(Asks))
        return self.knowledge.tails(Names, Derives).union(*asks, ("None",))

    @cached_property
    def _borrowers(self) -> frozenset[str]:
        others = self.knowledge.tails(Moves, RunsCommand) | self.knowledge.writing_methods
        return self.knowledge.tails(*_BORROWING) - others

    @cached_property
    def at_exit(self) -> frozenset[str]:
        """What registers a callable for the end of the process."""
        return self.knowledge.tails_where(Registers, lambda registers: registers.at_exit)

    # -- the creation -----------------------------------------------------------------------------

    @cached_property
    def call(self) -> ast.Call:
        """The creating call."""
        start = self.finding.span.start
        end = self.finding.span.end
        for node in self.source.nodes:
            if isinstance(node, ast.Call) and node.lineno == start.row and node.end_lineno == end.row:
                span = self.source.span(node)
                if span == self.finding.span:
                    return node
        raise Unfit("the creating call is not found in the tree")

    @cached_property
    def statement(self) -> ast.stmt:
        """The innermost statement that holds the creating call."""
        at: ast.AST = self.call
        while not isinstance(at, ast.stmt):
            at = self.source.parents[at]
        return at

    @cached_property
    def scope(self) -> Scope:
        return self.source.scope_of(self.call)

    @property
    def block(self) -> Block:
        return self.source.blocks[self.statement]

    @cached_property
    def index(self) -> int:
        return self.block.index(self.statement)

    @cached_property
    def is_directory(self) -> bool:
        site = self.site
        return site.shape in (Shape.DIRECTORY, Shape.DIRECTORY_HANDLE) or self._made_by_mkdir()

    @property
    def is_descriptor(self) -> bool:
        return self.verdict is not None and self.verdict.obligation is Obligation.DESCRIPTOR

    @property
    def site(self) -> Site:
        """The creation site. Raises `Unfit` for a finding without an obligation."""
        if self.verdict is None:
            raise Unfit("nothing is known of what becomes of the file")
        return self.verdict.site

    def _made_by_mkdir(self) -> bool:
        if self.site.shape is not Shape.NAME:
            return False
        path = self.binding.path if self.binding is not None else ""
        makers = self.knowledge.tails_where(Makes, lambda makes: makes.directory)
        return any(
            isinstance(node, ast.Call) and tail_of(node.func) in makers
            and path in {self.source.code(part) for part in (*node.args, *_receiver(node))}
            for node in own_nodes(self.scope)
        )  # fmt: skip

    @cached_property
    def binding(self) -> Binding | None:
        """What the creation statement binds; None when the call stands inside an expression that hides the file."""
        found = bind(self.source, self.statement, self.call, self.site)
        if found is not None and found.when:
            names = names_in(ast.parse(found.when, mode="eval"))
            if any(row > self.statement.lineno for name in names for row in self.stores.get(name, ())):
                raise Unfit("what decides whether the file is made is bound again")
        if found is None or self.site.handed is None:
            return found
        given = frozenset(each for each in self._forms if isinstance(each, Given))
        told = next((each for each in self._forms if isinstance(each, Told)), None)
        if told is not None:
            return self._where_told(found, told)
        forms = frozenset(each for each in self._forms if isinstance(each, str))
        if forms - {"none", "part", _form(self.site.handed.value)}:
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

    @property
    def may_hold_another(self) -> bool:
        """Whether the variable may hold None, or what somebody else gave, in place of the file."""
        return self.binding is not None and (self.binding.optional or bool(self.binding.when))

    def _unless_given(self, found: Binding, given: Given) -> Binding:
        """The binding with what asks, below the creation, whether the helper has made a file or gives what it was
        given. Raises `Unfit` where nothing can ask that."""
        argument = self._argument(given.param)
        name = argument.id if isinstance(argument, ast.Name) else ""
        wrapped = self._wrapped(given.made_by)
        if found.path != found.name or name not in self.stores or (given.made_by and not wrapped):
            raise Unfit(_ANOTHER_FORM, Telling.MADE)
        same, row = name == found.name, self.statement.lineno
        later = sum(each >= row for each in self.stores[name])
        if later > same or len(self.stores[found.name]) > 1 + same or self._shared & {name, found.name}:
            raise Unfit("what decides whether the file is made is bound again")
        loops = [e.lineno for e in self.source.ancestors(self.statement) if isinstance(e, _LOOPS)]
        if same and not all(max(loops, default=0) <= each for each in self.stores[name] if loops):
            raise Unfit("the next round would be given what is deleted")
        is_path_like = self._is_path_like(given.param, name)
        if given.made_by == "str" and not is_path_like:  # its text may change
            raise Unfit(_ANOTHER_FORM, Telling.MADE)
        kept = self.fresh(f"given_{name}") if same else name
        other = f"{wrapped}({kept})" if wrapped else kept
        asked = {f"{found.name} != {other}", f"{other} != {found.name}"}
        asked |= set() if wrapped else {f"{found.name} is not {other}", f"{other} is not {found.name}"}
        own = (self.source.code(node) for node in own_nodes(self.scope) if isinstance(node, ast.Compare))
        plain = "!=" if wrapped or is_path_like else "is not"
        when = next((text for text in own if text in asked), f"{found.name} {plain} {other}")
        return replace(found, when=when, keeps=f"{kept} = {name}" if same else "")

    def _where_told(self, found: Binding, told: Told) -> Binding:
        """The binding with the variable that says whether the helper has made the file. Raises `Unfit`."""
        targets = getattr(self.statement, "targets", [None])
        parts = targets[0].elts if isinstance(targets[0], ast.Tuple | ast.List) else []
        flag = parts[told.at] if told.at < len(parts) else None
        if not isinstance(flag, ast.Name) or not flag.id.strip("_") or found.optional or found.when:
            raise Unfit(_ANOTHER_FORM, Telling.MADE)
        names = {flag.id, found.name}
        later = [row for name in names for row in self.stores.get(name, ()) if row >= self.statement.lineno]
        if len(later) > len(names) or names & self._shared:
            raise Unfit("what decides whether the file is made is bound again")
        return replace(found, when=flag.id if told.yes else f"not {flag.id}")

    @property
    def _shared(self) -> frozenset[str]:
        """The variables that inner functions, or the module, share with the scope."""
        sharing = (n for n in ast.walk(self.scope) if isinstance(n, ast.Global | ast.Nonlocal))
        return frozenset(name for each in sharing for name in each.names)

    def _argument(self, param: str) -> ast.expr | None:
        """What the creating call gives a helper, called by its own name, for this parameter, where that is told."""
        for _, _, _, code in self._helpers():
            names = [each.name for each in code.params if each.kind == "pos" and each.name not in _RECEIVERS]
            called, of_object = self.call.func, any(each.name in _RECEIVERS for each in code.params)
            holder = tail_of(called.value) if isinstance(called, ast.Attribute) else ""
            bound = bool(holder) and not holder.lstrip("_")[:1].isupper()  # `Class.method(object, ...)` isn't
            if tail_of(called) != code.name or set(code.decorators) - _OF_CLASS or (of_object and not bound):
                return None
            if any(isinstance(each, ast.Starred) for each in self.call.args):
                return None
            written = dict(zip(names, self.call.args, strict=False))
            written |= {each.arg: each.value for each in self.call.keywords if each.arg is not None}
            return written.get(param)
        return None

    def _wrapped(self, made_by: str) -> str:
        """By what name the module knows `pathlib.Path` or `str`, "" where it doesn't."""
        if made_by == "str":
            return made_by if self.knows_builtin(made_by) else ""
        for each in self.source.tree.body if made_by else ():
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
        heads = [getattr(self.scope, "args", None)]
        heads += [head_of(self.project.module(target.module), code) for _, _, target, code in self._helpers()]
        return any(
            each.arg in (param, name) and each.annotation is not None and says_path(each.annotation)
            for head in heads
            if head is not None
            for each in (*head.posonlyargs, *head.args, *head.kwonlyargs)
        )

    def _leaves_if_none(self, name: str) -> bool:
        """Whether the statement below the creation leaves where the helper has made nothing."""
        below = self.block.statements[self.index + 1 :][:1]
        match below:
            case [ast.If(test=test, body=[*_, last], orelse=[])]:
                asks = self.source.code(test) in (f"{name} is None", f"not {name}")
                return asks and isinstance(last, ast.Return | ast.Raise | ast.Continue | ast.Break)
        return False

    @cached_property
    def _forms(self) -> frozenset[Form]:
        """In which forms the helper that makes the file may give it when it is called like here."""
        return self._forms_with({})

    def _forms_with(self, known: dict[str, Term]) -> frozenset[Form]:
        """The same where of some parameters more is known."""
        for statics, call, target, code in self._helpers():
            owner = self.project.owner_of(target)
            module = self.project.module(target.module)
            sites = ProjectContext(self.project).sites_of(records.Body(module, code, owner))
            body = Body(self.project, module, code, owner)
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
    def is_given_again(self) -> bool:
        """Whether the helper that makes the file gives it to whoever asks next, too."""
        if self.site.handed is None or self.verdict is None:
            return False
        return any(
            gives_again(self.project.module(target.module), code) for _, _, target, code in self._helpers()
        )

    @property
    def is_theirs_at_times(self) -> bool:
        """Whether the helper gives, on another way, what it was given, or what lies beside that, and nothing can tell
        the two apart."""
        if (
            self.site.handed is None
            or self.verdict is None
            or (self.binding is not None and self.binding.when)
        ):
            return False
        makers = self.knowledge.tails(Creates)
        return any(
            gives_theirs(self.project.module(target.module), code, makers, self._place)
            for _, _, target, code in self._helpers()
        )

    def _helpers(self) -> Iterator[tuple[Statics, Call, v.Func, Code]]:
        """The functions of the project whose call makes the file, with the call."""
        assert self.verdict is not None
        explorer = self.verdict.explorer
        statics = Statics(self.project, explorer.module, explorer.code, self._class)
        for index in sorted(self.site.nodes):
            call = explorer.code.nodes[index].op
            target = statics.resolve(call.func) if isinstance(call, Call) else None
            if isinstance(target, v.Dotted):
                target = self.project.find(explorer.module, target.name)
            code = self.project.code(target) if isinstance(target, v.Func) else None
            if isinstance(target, v.Func) and code is not None and isinstance(call, Call):
                yield statics, call, target, code

    @property
    def _place(self) -> int:
        """Where in the tuple that a helper gives the file stands; 0 where it gives none."""
        value = self.site.handed.value if self.site.handed is not None else None
        items = value.items if isinstance(value, v.Seq) else ()
        return next((at for at, item in enumerate(items) if isinstance(item, v.Ref)), 0)

    @cached_property
    def _class(self) -> v.Klass | None:
        """The class whose method the scope is, as the analysis knows it."""
        assert self.verdict is not None
        if self.owner is None:
            return None
        known = v.Klass(self.verdict.explorer.module.key, _qualname(self.source, self.owner))
        return known if known.qualname in self.verdict.explorer.module.source.skeleton.classes else None

    @cached_property
    def may_be_taken(self) -> bool:
        """Whether something that has the file may move or delete it: who is given it and does more than read or write
        it, an object that it is put into, another method of its own object; or whether the code itself asks if it is
        still there."""
        if self.directory_goes or self._is_seen_by_methods:
            return True
        for node in ast.walk(self.scope):
            if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                put = any(isinstance(part, ast.Attribute) for target in targets for part in parts_of(target))
                if put and names_in(node.value) & self.aliases:
                    return True
            if isinstance(node, ast.Call) and node is not self.call and self.may_take(node):
                return True
        return False

    @cached_property
    def _is_seen_by_methods(self) -> bool:
        """Whether an attribute has the file that other methods of the class read, a tearDown say."""
        path = ast.parse(self.binding.path, mode="eval").body if self.binding is not None else None
        if self.owner is None or not isinstance(path, ast.Attribute):
            return False
        others = (each for each in self.owner.body if each is not self.scope)
        return any(
            isinstance(node, ast.Attribute) and node.attr == path.attr and isinstance(node.ctx, ast.Load)
            for other in others
            for node in ast.walk(other)
        )

    def may_take(self, call: ast.Call) -> bool:
        name = tail_of(call.func)
        # Who asks whether the file is there reckons with its being gone.
        if name in self._borrowers | self.removers and name not in self.knowledge.tails(Asks):
            return False
        if name in self.knowledge.tails(Asks) and self._is_asserted(call):
            return False
        given = [*call.args, *(k.value for k in call.keywords)]
        if not self._is_own_handle(call.func):
            given += _receiver(call)
        return any(names_in(each) & self.aliases for each in given)

    def _is_own_handle(self, function: ast.expr) -> bool:
        """Whether what is called is a method of the handle that the creation gives: none of them moves the file."""
        of = name_of(function.value) if isinstance(function, ast.Attribute) else ""
        return (
            bool(of) and self.site.shape is Shape.HANDLE and self.site.handed is None and of == self._handle
        )

    @cached_property
    def _handle(self) -> str:
        """The variable of the handle."""
        if self.binding is not None:
            return self.binding.name
        targets = [item.optional_vars for item in getattr(self.statement, "items", ())]
        return name_of(targets[-1]) if targets and targets[-1] is not None else ""

    def _is_asserted(self, call: ast.Call) -> bool:
        """Whether a test demands what is asked: that the file is there."""
        above = self.source.parents.get(call)
        if isinstance(above, ast.Assert):
            return above.test is call
        return isinstance(above, ast.Call) and tail_of(above.func) == "assertTrue" and call in above.args

    @cached_property
    def directory_goes(self) -> bool:
        """Whether the scope deletes or moves the directory that the file is made in."""
        context = {n for k in self.call.keywords if k.arg == "dir" for n in names_in(k.value)}
        gone = self.knowledge.tails(Deletes, Moves)
        return any(
            isinstance(node, ast.Call) and tail_of(node.func) in gone and names_in(node) & context
            for node in own_nodes(self.scope)
        )

    # -- names ------------------------------------------------------------------------------------

    @cached_property
    def stores(self) -> dict[str, list[int]]:
        """Names that this scope binds, with the rows; parameters in row 0. A comprehension's own are none of them."""
        found: dict[str, list[int]] = {}
        scope = self.scope
        if isinstance(scope, Function):
            given = scope.args
            for argument in [*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg]:
                if argument is not None:
                    found.setdefault(argument.arg, []).append(0)
        nodes = list(own_nodes(scope))
        inner = {
            id(part)
            for node in nodes
            if isinstance(node, ast.comprehension)
            for part in ast.walk(node.target)
        }
        for node in nodes:
            for name in bound_by(node):
                if node is not scope and id(node) not in inner:
                    found.setdefault(name, []).append(node.lineno)  # type: ignore[attr-defined]
        return found

    def is_bound_before(self, name: str, row: int) -> bool:
        """Whether a name surely means something above a row: bound further up, or not bound in this scope at all."""
        rows = self.stores.get(name)
        body = self.scope.body if isinstance(self.scope.body, list) else []
        return rows is None or 0 in rows or is_bound_above(body, name, row)

    @cached_property
    def aliases(self) -> frozenset[str]:
        """Names of this scope that may stand for the file: bound by the creation, or from such a name by path work."""
        known: set[str] = set()
        if self.binding is not None:
            known |= {
                n
                for t in (self.binding.path, self.binding.fd or "")
                for n in [t.split(".")[0].split("[")[0]]
                if n
            }
        else:
            known |= {name for node in head_nodes(self.statement) for name in bound_by(node)}
            known |= filled(self.statement)
        known.discard("self")
        changed = True
        while changed:
            new = (
                {name for node in own_nodes(self.scope) for name in passed_on(node, known)} - known - {"self"}
            )
            known |= new
            changed = bool(new)
        return frozenset(known)

    def reads_after(self, row: int, names: frozenset[str]) -> bool:
        """Whether the scope reads one of the names below a row (or anywhere in a loop around the creation)."""
        return any(
            isinstance(node, ast.Name)
            and isinstance(node.ctx, ast.Load)
            and node.id in names
            and node.lineno > row
            for node in ast.walk(self.scope)
        )

    def fresh(self, wanted: str) -> str:
        """A name that the scope neither binds nor reads."""
        taken = {n.id for n in own_nodes(self.scope) if isinstance(n, ast.Name)}
        taken |= meant_within(self.scope) | set(self.stores)
        name, number = wanted, 2
        while name in taken:
            name, number = f"{wanted}{number}", number + 1
        return name

    def knows_builtin(self, name: str) -> bool:
        """Whether a builtin goes by its name: nothing in the file but a method is called so, too."""
        for node in self.source.nodes:
            bound: list[str] = []
            if isinstance(node, ast.Import | ast.ImportFrom):
                bound = [each.asname or each.name for each in node.names]
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                bound = [] if isinstance(self.source.parents.get(node), ast.ClassDef) else [node.name]
            elif isinstance(node, ast.arg):
                bound = [node.arg]
            elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
                bound = [node.id]
            if name in bound or "*" in bound:
                return False
        return True

    # -- the class around it ----------------------------------------------------------------------

    @cached_property
    def owner(self) -> ast.ClassDef | None:
        parent = self.source.parents.get(self.scope)
        return parent if isinstance(parent, ast.ClassDef) else None

    @cached_property
    def is_test_case(self) -> bool:
        """Whether the scope is a method of a unittest.TestCase, its `self` first."""
        return self._is_in_test_case and not {"staticmethod", "classmethod"} & self._decorators

    @property
    def test_registrar(self) -> str:
        """How a method of a TestCase has something run when the test, or the class, is done; "" for anything else."""
        if self.is_test_case:
            return f"{self.self_name}.addCleanup"
        plain = any(name in TEST_BASES - _WITHOUT_CLASS_CLEANUP for name in self._bases)
        of_class = plain and self._is_in_test_case and "classmethod" in self._decorators
        return f"{self.self_name}.addClassCleanup" if of_class and self.target >= _CLASS_CLEANUP_SINCE else ""

    @property
    def _decorators(self) -> frozenset[str]:
        return frozenset(tail_of(d) for d in getattr(self.scope, "decorator_list", ()))

    @cached_property
    def _is_in_test_case(self) -> bool:
        if not isinstance(self.scope, Function) or not self.scope.args.args:
            return False
        if any(name in TEST_BASES or name.rpartition(".")[2] in TEST_BASES for name in self._bases):
            return True
        return any(name.endswith("TestCase") for name in self._bases) and self._asserts

    @cached_property
    def _bases(self) -> tuple[str, ...]:
        """The names of the classes outside of the project that the class of the scope comes from."""
        known = self._class if self.verdict is not None else None
        return tuple(self.project.bases(known)[1]) if known is not None else ()

    @cached_property
    def _asserts(self) -> bool:
        """Whether some method of the class calls `self.assert...()`."""
        return self.owner is not None and any(
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr.startswith("assert")
            and name_of(node.func.value) == "self"
            for node in ast.walk(self.owner)
        )

    @property
    def self_name(self) -> str:
        assert isinstance(self.scope, Function)
        return self.scope.args.args[0].arg


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


def _qualname(source: Source, owner: ast.ClassDef) -> str:
    names = [owner.name]
    names += [a.name for a in source.ancestors(owner) if isinstance(a, ast.ClassDef)]
    return ".".join(reversed(names))


def _receiver(call: ast.Call) -> list[ast.expr]:
    return [call.func.value] if isinstance(call.func, ast.Attribute) else []
