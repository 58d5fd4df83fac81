"""The creating call of a finding and what stands around it: its statement and block, the names of its scope, its class.

In: a finding with its verdict, and the file as a `Source`. Out: a `CreatingCall`. Raises `Unfit` where the call isn't
found in the tree. What names the file stands in `creation`.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from tmpleak_lint.analysis.domain import values as v
from tmpleak_lint.analysis.queries.sites import Obligation, Site
from tmpleak_lint.fixing.names import bound_by, name_of, tail_of
from tmpleak_lint.fixing.source import Block, Function, Scope, Source, Unfit, meant_within, own_nodes
from tmpleak_lint.fixing.sure import is_bound_above
from tmpleak_lint.knowledge.frameworks import TEST_BASES
from tmpleak_lint.knowledge.table import Knowledge
from tmpleak_lint.model import Finding

if TYPE_CHECKING:
    from tmpleak_lint.analysis.queries.project import Project
    from tmpleak_lint.analysis.verdict.judge import Verdict

_CLASS_CLEANUP_SINCE = (3, 8)  # TestCase.addClassCleanup()
_WITHOUT_CLASS_CLEANUP = frozenset({"SynchronousTestCase"})  # twisted's own


@dataclass(eq=False)
class CreatingCall:
    """The creating call of a finding and the code around it."""

    source: Source
    finding: Finding
    verdict: Verdict | None
    project: Project
    target: tuple[int, int]

    @property
    def knowledge(self) -> Knowledge:
        return self.project.knowledge

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

    @property
    def is_descriptor(self) -> bool:
        return self.verdict is not None and self.verdict.obligation is Obligation.DESCRIPTOR

    @property
    def site(self) -> Site:
        """The creation site. Raises `Unfit` for a finding without an obligation."""
        if self.verdict is None:
            raise Unfit("nothing is known of what becomes of the file")
        return self.verdict.site

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
    def klass(self) -> v.Klass | None:
        """The class whose method the scope is, as the analysis knows it."""
        assert self.verdict is not None
        if self.owner is None:
            return None
        known = v.Klass(self.verdict.explorer.module.key, _qualname(self.source, self.owner))
        return known if known.qualname in self.verdict.explorer.module.source.skeleton.classes else None

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
        known = self.klass if self.verdict is not None else None
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


def _qualname(source: Source, owner: ast.ClassDef) -> str:
    names = [owner.name]
    names += [a.name for a in source.ancestors(owner) if isinstance(a, ast.ClassDef)]
    return ".".join(reversed(names))
