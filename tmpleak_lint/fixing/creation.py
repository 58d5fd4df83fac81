"""What names the file of a finding, what stands for it, and who may take it away.

In: a finding with its verdict, and the file as a `Source`. Out: a `Creation`. Raises `Unfit` where the statement or
the binding is of a shape that no rewrite understands. What becomes of the file stands in `subject`.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cached_property

from tmpleak_lint.fixing.binding import Binding, bind
from tmpleak_lint.fixing.creating_call import CreatingCall
from tmpleak_lint.fixing.helper import Helper
from tmpleak_lint.fixing.names import bound_by, name_of, names_in, tail_of
from tmpleak_lint.fixing.passing import filled, parts_of, passed_on
from tmpleak_lint.fixing.source import Unfit, head_nodes, own_nodes
from tmpleak_lint.knowledge.model import (
    Asks,
    Borrows,
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

# What neither deletes nor moves the file that it is given: it opens, makes, asks for, names or tells it.
_BORROWING = (Borrows, Opens, OpensNamed, Makes, Derives, Reads, Tells)


@dataclass(eq=False)
class Creation(CreatingCall):
    """The creating call of a finding, with what names its file."""

    # -- what calls are known by their names ------------------------------------------------------

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

    # -- what names it ----------------------------------------------------------------------------

    @cached_property
    def is_directory(self) -> bool:
        site = self.site
        return site.shape in (Shape.DIRECTORY, Shape.DIRECTORY_HANDLE) or self._made_by_mkdir()

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
        return self.helper.asked(found) if found is not None else None

    @cached_property
    def helper(self) -> Helper:
        """What is known of the function whose call makes the file."""
        return Helper(self)

    @property
    def may_hold_another(self) -> bool:
        """Whether the variable may hold None, or what somebody else gave, in place of the file."""
        return self.binding is not None and (self.binding.optional or bool(self.binding.when))

    @property
    def is_theirs_at_times(self) -> bool:
        """Whether the helper gives, on another way, what it was given, or what lies beside that, and nothing can tell
        the two apart."""
        if not self.helper.is_known or (self.binding is not None and self.binding.when):
            return False
        return self.helper.gives_theirs

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

    # -- who may take it --------------------------------------------------------------------------

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


def _receiver(call: ast.Call) -> list[ast.expr]:
    return [call.func.value] if isinstance(call.func, ast.Attribute) else []
