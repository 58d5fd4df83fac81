"""What a rewrite has to know of one finding: beside where the file is made, what becomes of it: where it is deleted or
handed over, what fails.

In: a finding with its verdict, and the file as a `Source`. Out: a `Subject`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from tmpleak_lint.analysis.verdict.cause import cause_of
from tmpleak_lint.analysis.verdict.cause import way as way_of
from tmpleak_lint.fixing.binding import DERIVING
from tmpleak_lint.fixing.creation import Creation
from tmpleak_lint.fixing.edits import Draft
from tmpleak_lint.fixing.names import bound_by, names_in, tail_of
from tmpleak_lint.fixing.passing import (
    HANDS_ON,
    LITERALS,
    PUTS,
    all_bound,
    builds,
    built_and_dropped,
    handed_names,
    parts_of,
    root_of,
    says_nothing,
)
from tmpleak_lint.fixing.refusals import Telling
from tmpleak_lint.fixing.source import Block, Unfit, own_nodes
from tmpleak_lint.flow.graph import Jump, Reraise, Return
from tmpleak_lint.knowledge.frameworks import SETUPS, UNOWNED_WHEN_RAISING
from tmpleak_lint.knowledge.model import Moves
from tmpleak_lint.knowledge.words import (
    GO_ON_WORDS,
    KEEP_WORDS,
    LOOK_UP_WORDS,
    LOOKING_WORDS,
    MOVING_WORDS,
    RESULT_WORDS,
)
from tmpleak_lint.model import Location

if TYPE_CHECKING:
    from tmpleak_lint.analysis.explore.explorer import Discharge
    from tmpleak_lint.analysis.verdict.judge import Leak


_STAYS = re.compile(
    r"\b(?:leav\w+|left|keep\w*|kept|retain\w*|preserv\w*)\b[^.]*"
    r"\b(?:debug\w*|inspect\w*|diagnos\w*|troubleshoot\w*|post-?mortem|around)\b",
    re.IGNORECASE,
)
_STAYS_WHERE_IT_FAILS = re.compile(
    r"\b(?:keep\w*|kept|leav\w+|left|retain\w*|preserv\w*)\b[^.]*"
    r"\b(?:in case of|on|upon|after) (?:an? |the |any )?(?:fail\w*|errors?|crash\w*)\b",
    re.IGNORECASE,
)
KEEP_ASKING = KEEP_WORDS | LOOKING_WORDS


@dataclass(frozen=True, slots=True, eq=False)
class Deletion:
    """One place where the file goes: the call, and the whole statement that exists only for it."""

    call: ast.AST
    statement: ast.stmt
    unit: ast.stmt
    moves: (
        bool  # a move takes it away, or what is deleted is more than the file: not to be put on another path
    )
    beside: bool = False  # what it deletes is another path, which may well be missing


@dataclass(frozen=True, slots=True)
class Way:
    """One leaking way: what raised or left first, and how the code was left in the end."""

    cause: ast.stmt | None
    raised: bool
    ends_raised: bool
    left_at: ast.stmt | None


@dataclass(eq=False)
class Subject(Creation):
    """One finding and the code around it."""

    memo: dict[str, Deletion | None] = field(default_factory=dict)

    # -- what becomes of it -----------------------------------------------------------------------

    @cached_property
    def deletions(self) -> list[Deletion]:
        """Where the file (or descriptor) is released in this scope, in source order."""
        found = self._happened("released", "missed")
        return [
            d
            for h in found
            if (d := self._deletion(h.where, beside=h.kind == "missed", moved=self._is_move(h.detail)))
            is not None
        ]

    def deletes_within(self, block: Block, first: int, last: int, but: ast.AST | None = None) -> bool:
        """Whether some call in these statements deletes the file by its looks: the analysis may not have come there."""
        return any(
            isinstance(node, ast.Call) and node is not but and tail_of(node.func) in self.removers
            and names_in(node) & self.aliases
            for statement in block.statements[first : last + 1]
            for node in ast.walk(statement)
        )  # fmt: skip

    @cached_property
    def asks_to_keep(self) -> str:
        """The condition around a deletion that, by its words, is there so that somebody can keep the file, if any."""
        context = set(self.source.ancestors(self.statement))
        for gone in self.deletions:
            for above in self.source.ancestors(gone.statement):
                if above in context:
                    break
                if isinstance(above, ast.If) and _words_in(above.test) & KEEP_ASKING:
                    return self.source.code(above.test)
        return ""

    @property
    def deletes_what_was_given(self) -> bool:
        """Whether a deletion doesn't ask if the helper has made the file, where it may give what it was given: who
        wrote that knows better, or has a mistake of another kind to mend."""
        asks = self.site.handed is not None and self.binding is not None and bool(self.binding.when)
        context = set(self.source.ancestors(self.statement))
        return asks and any(
            not any(isinstance(a, ast.If) and a not in context for a in self.source.ancestors(gone.call))
            for gone in self.deletions
            if not gone.moves
        )

    @cached_property
    def is_product(self) -> bool:
        """Whether a parameter by which the caller says where the result is to go has it, where none was given: what
        nothing deletes is what the function makes."""
        of_helper = self.verdict is not None and self.site.handed is not None
        if of_helper and self.binding is not None and self.binding.when:
            return not self.deletions and self.helper.stands_in
        name = self.binding.name if self.binding is not None else ""
        arguments = getattr(self.scope, "args", None)
        if not name or self.deletions or not isinstance(arguments, ast.arguments):
            return False
        given = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
        is_asked = any(each.arg == name for each in given)
        return is_asked and (not self.is_directory or bool(set(name.lower().split("_")) & RESULT_WORDS))

    @cached_property
    def is_deleted_by_its_object(self) -> bool:
        """Whether an attribute has it, an object that lives on where this method fails, and another method deletes what
        the attribute has, without bearing that it is gone."""
        owner, name = self.owner, getattr(self.scope, "name", "")
        if owner is None or name in UNOWNED_WHEN_RAISING | SETUPS:
            return False
        last = max((cause.lineno for cause, _ in self.causes), default=0)
        stores = [
            node
            for node in own_nodes(self.scope)
            if isinstance(node, ast.Assign) and node.lineno < last and self.is_stored_by(node)
        ]
        kept = {
            part.attr
            for n in stores
            for t in n.targets
            for part in parts_of(t)
            if isinstance(part, ast.Attribute)
        }
        for method in owner.body:
            if method is self.scope or getattr(method, "name", "") == "__del__":
                continue
            for call in ast.walk(method):
                if not isinstance(call, ast.Call) or tail_of(call.func) not in self.removers or call.keywords:
                    continue
                around = [type(above) for above in self.source.ancestors(call)]
                bears = ast.Try in around or ast.With in around
                given = [n.attr for each in call.args for n in ast.walk(each) if isinstance(n, ast.Attribute)]
                if kept & set(given) and not bears:
                    return True
        return False

    @cached_property
    def is_said_to_stay(self) -> bool:
        """Whether a comment above the creation, or above a deletion, says that it stays for who looks for a fault, or
        one between them that something is kept where it fails."""
        draft, context = Draft(self.source), set(self.source.ancestors(self.statement))
        rows = {self.source.first_row(self.statement)}
        for gone in self.deletions:
            around = [
                a for a in self.source.ancestors(gone.unit) if isinstance(a, ast.If) and a not in context
            ]
            rows |= {self.source.first_row(each) for each in (gone.unit, *around)}
        said = [*(" ".join(draft.comments_above(row)) for row in rows)]
        said += [self.source.line(row).partition("#")[2] for row in rows]
        last = max(rows)
        between = (self.source.line(row).partition("#")[2] for row in range(self.statement.lineno, last))
        return any(map(_STAYS.search, said)) or any(map(_STAYS_WHERE_IT_FAILS.search, (*said, *between)))

    @cached_property
    def registrations(self) -> list[Deletion]:
        """Where it is given to something that deletes it later."""
        return [d for d in (self._deletion(h.where) for h in self._happened("managed")) if d is not None]

    @cached_property
    def hand_overs(self) -> list[ast.stmt]:
        """Statements from which on somebody else owns it; returns too."""
        if self.verdict is None:
            return []
        code = self.verdict.explorer.code
        found: dict[ast.stmt, None] = {}
        for discharge in self._happened("escaped"):
            if discharge.where not in (code.exit_ok, code.exit_error):
                statement = self._statement_at(code.nodes[discharge.where].span.start)
                if statement is not None:
                    found[statement] = None
        return list(found)

    def is_handed_by(self, statement: ast.stmt) -> bool:
        """Whether ownership may pass on within a statement."""
        return any(node in self.hand_overs for node in ast.walk(statement))

    @property
    def escapes(self) -> bool:
        if self.verdict is not None and (self.verdict.escapes or self._happened("escaped")):
            return True
        if self.is_kept or self._is_shown:
            return True
        return any(
            self.gives_away(node) or self.keeps(node) or self._is_kept_by_class(node)
            for node in own_nodes(self.scope)
        )

    @property
    def handed_over(self) -> Unfit:
        """Why it can't be deleted at the end of every way, by the statement that gives it to somebody."""
        giving: list[ast.AST] = [*self.hand_overs, *(given.statement for given in self.registrations)]
        giving += [
            n
            for n in own_nodes(self.scope)
            if self.gives_away(n) or self.keeps(n) or self.is_stored_by(n) or self._is_kept_by_class(n)
        ]
        who = self.told(min(giving, key=lambda n: n.lineno)) if giving else "some way"  # type: ignore[attr-defined]
        text = f"{who} hands it over, so it can't be deleted at the end of every way"
        return Unfit(text, Telling.HANDED_OVER)

    @property
    def stays(self) -> Unfit:
        """Why it is no use to delete it where something fails, by the end of the code that leaves it."""
        ends = [statement for statement, raised in self.exits if not raised]
        where = self.told(ends[0]) if ends else "the end of the code"
        text = f"it stays where nothing fails, too, at {where}, and nothing shows that nobody wants it there"
        return Unfit(text, Telling.STAYS)

    def told(self, node: ast.AST) -> str:
        """A piece of the code for people, with its line."""
        first, _, more = self.source.code(node).partition("\n")
        return f"`{first.strip()}{' ...' * bool(more)}` (line {node.lineno})"  # type: ignore[attr-defined]

    @cached_property
    def is_kept(self) -> bool:
        """Whether something that outlives the scope (an object, a module, the environment) holds the path, and the
        scope itself doesn't delete it in the end."""
        if self.deletions and self.finding.code != "TML105":
            return False
        if self.binding is not None and self._is_outside(ast.parse(self.binding.path, mode="eval").body):
            return True
        return any(self.is_stored_by(node) for node in own_nodes(self.scope))

    @cached_property
    def _is_shown(self) -> bool:
        """Whether what nobody deletes is wanted later: by a program that goes on by itself (a browser, a daemon), or by
        an object that is returned and built from what some call made of the path."""
        if self.deletions:
            return False
        made: set[str] = set()
        for node in own_nodes(self.scope):
            name = (
                node.id
                if isinstance(node, ast.Name)
                else node.attr
                if isinstance(node, ast.Attribute)
                else ""
            )
            if name in GO_ON_WORDS:
                return True
            if isinstance(node, ast.Assign) and names_in(node.value) & self.aliases:
                made |= {n for target in node.targets for part in ast.walk(target) for n in bound_by(part)}
        return any(
            isinstance(call, ast.Call) and builds(call) and names_in(call) & made
            for node in own_nodes(self.scope)
            if isinstance(node, ast.Return)
            for call in ast.walk(node)
        )

    def is_stored_by(self, node: ast.AST) -> bool:
        """Whether a statement puts the path where it outlives the scope."""
        if not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None:
            return False
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        if not any(self._is_outside(part) for target in targets for part in parts_of(target)):
            return False
        return bool(handed_names(node.value) & self.aliases)

    def is_put_in_own(self, node: ast.AST) -> bool:
        """Whether a statement puts the path into an object that this scope has made for itself."""
        if not isinstance(node, ast.Assign) or not handed_names(node.value) & self.aliases:
            return False
        places = [
            part for target in node.targets for part in parts_of(target) if not isinstance(part, ast.Name)
        ]
        return bool(places) and all(root_of(part) and root_of(part) <= self._made_here for part in places)

    def _is_outside(self, target: ast.AST) -> bool:
        """Whether a target hangs on something that this scope didn't make."""
        if not isinstance(target, ast.Attribute | ast.Subscript):
            return False
        return all(name not in self._made_here for name in root_of(target))

    @cached_property
    def _made_here(self) -> frozenset[str]:
        """Names bound to nothing but objects that this scope makes for itself: literals, and what calls give that, by
        their names, don't look anything up, be it in the head of a `with`."""
        made: dict[str, bool] = {}
        bound: list[tuple[ast.expr | None, ast.expr | None]] = []
        for node in own_nodes(self.scope):
            if isinstance(node, ast.Assign):
                bound += [(target, node.value) for target in node.targets]
            elif isinstance(node, ast.AnnAssign):
                bound.append((node.target, node.value))
            elif isinstance(node, ast.withitem):
                bound.append((node.optional_vars, node.context_expr))
        for target, value in bound:
            if target is not None and value is not None:
                fresh = isinstance(value, LITERALS) or (
                    isinstance(value, ast.Call) and not tail_of(value.func).lower().startswith(LOOK_UP_WORDS)
                )
                for name in bound_by(target):
                    made[name] = made.get(name, True) and fresh
        given = {
            name
            for node in own_nodes(self.scope)
            if isinstance(node, ast.Return | ast.Yield) and node.value is not None
            for name in handed_names(node.value)
        }
        return frozenset(
            n for n, fresh in made.items() if fresh and n not in given and len(self.stores[n]) == 1
        )

    def keeps(self, node: ast.AST) -> bool:
        """Whether the file is put into a container of the object, whose business it then may be."""
        if (
            not isinstance(node, ast.Call)
            or not isinstance(node.func, ast.Attribute)
            or node.func.attr not in PUTS
        ):
            return False
        if self.deletions and node.func.attr in HANDS_ON:
            return False  # it deletes the file itself: whatever is called like that has only borrowed it
        given = [*node.args, *(k.value for k in node.keywords)]
        return root_of(node.func.value) == {"self"} and any(
            handed_names(part) & self.aliases for part in given
        )

    def gives_away(self, node: ast.AST) -> bool:
        """Whether a return or yield hands out a name of the file as it is (not merely the result of some call)."""
        if not isinstance(node, ast.Return | ast.Yield) or node.value is None:
            return False
        if node.lineno < self.statement.lineno:
            return False
        if handed_names(node.value) & self.aliases:
            return True
        return any(each is self.call for each in ast.walk(node.value)) and self._is_result(node.value)

    def _is_kept_by_class(self, node: ast.AST) -> bool:
        """Whether an object is built of the path and dropped. A test may only see that it can be built."""
        is_test = self.is_test_case or str(getattr(self.scope, "name", "")).startswith("test")
        return not (is_test or self.deletions) and bool(built_and_dropped(node) & self.aliases)

    def _is_result(self, value: ast.AST) -> bool:
        """Whether the file itself comes out of an expression that makes it: `return realpath(mkdtemp())`."""
        at: ast.AST = self.call
        while at is not value:
            at = self.source.parents[at]
            if isinstance(at, ast.Call) and tail_of(at.func) not in DERIVING and not builds(at):
                return False
        return True

    @cached_property
    def causes(self) -> list[tuple[ast.stmt, bool]]:
        """The statements that make the file stay, each with whether they raise.

        What stands above the creation comes after it only in the next round of a loop: too late, if there is anything
        below that makes it stay.
        """
        found = _in_order((way.cause, way.raised) for way in self.ways)
        return [each for each in found if each[0].lineno > self.statement.lineno] or found

    @cached_property
    def may_fail(self) -> list[ast.stmt]:
        """The statements below the creation in which the analysis saw something fail."""
        if self.verdict is None:
            return []
        nodes = self.verdict.explorer.nodes
        raised = {
            step.via for step in self.verdict.result.trace.segments if step.how == "raise" and step.via >= 0
        }
        below = [place for via in raised if (place := nodes[via].span.start) > self.finding.span.start]
        found = (self._statement_at(place) for place in sorted(below))
        return [each for each in found if each is not None and each.lineno > self.statement.lineno]

    @cached_property
    def exits(self) -> list[tuple[ast.stmt, bool]]:
        """The same by how the code is left in the end: a handler may turn what was raised into a return."""
        found = _in_order((way.cause, True) if way.ends_raised else (way.left_at, False) for way in self.ways)
        return [each for each in found if each[0].lineno > self.statement.lineno] or found

    @cached_property
    def only_raises(self) -> bool:
        """Whether every leaking way begins with something that raises (a handler may swallow it further out)."""
        return all(way.raised for way in self.ways)

    @cached_property
    def falls_through(self) -> bool:
        """Whether it also stays where the code just comes to its end, which may be on purpose."""
        return any(not way.ends_raised and way.left_at is None and not way.raised for way in self.ways)

    @cached_property
    def swallowed(self) -> bool:
        """Whether on some way something raised is caught, and the code comes to its end with the file there."""
        return any(not way.ends_raised and way.left_at is None for way in self.ways)

    @cached_property
    def ways(self) -> list[Way]:
        if self.verdict is None:
            return []
        found: dict[Way, None] = {}
        nodes = self.verdict.explorer.nodes
        for leak in self.verdict.leaks:
            cause, raised = cause_of(self.verdict, leak)
            if raised:
                cause = self._first_raise(leak, cause)
            at = self._statement_at(nodes[cause].span.start) if cause is not None else None
            left = None
            if not leak.end.raised:
                jumps = (Return, Jump)
                gone = [i for i in way_of(self.verdict, leak) if isinstance(nodes[i].op, jumps)]
                left = self._statement_at(nodes[gone[-1]].span.start) if gone else None
                if left is not None and not isinstance(left, ast.Return | ast.Break | ast.Continue):
                    left = None
            found[Way(at, raised, leak.end.raised, left)] = None
        return list(found)

    def _first_raise(self, leak: Leak, last: int | None) -> int | None:
        """What raised first after the creation: once the file is deleted there, what handlers do doesn't matter."""
        assert self.verdict is not None
        created = set(self.verdict.result.created.values())
        found = last
        for item, step in self.verdict.result.trace.back(leak.end.item):
            if item in created:
                break
            if step.how == "raise" and step.via >= 0:
                node = self.verdict.explorer.nodes[step.via]
                if not isinstance(node.op, Reraise) and node.span.start >= self.finding.span.start:
                    found = step.via
        return found

    def _happened(self, *kinds: str) -> list[Discharge]:
        if self.verdict is None:
            return []
        seen: dict[int, Discharge] = {}
        for discharge in self.verdict.discharged(*kinds):
            seen.setdefault(discharge.where, discharge)
        return list(seen.values())

    def _is_move(self, detail: str) -> bool:
        """Whether what ended the file's life, in whatever function, has moved it: `shutil.move`."""
        return bool(detail) and self.knowledge.effect(detail, Moves) is not None

    def _deletion(self, where: int, *, beside: bool = False, moved: bool = False) -> Deletion | None:
        assert self.verdict is not None
        code = self.verdict.explorer.code
        if where in (code.exit_ok, code.exit_error) or where < 0:
            return None
        span = code.nodes[where].span
        statement = self._statement_at(span.start)
        if statement is None:
            return None
        call = next(
            (n for n in ast.walk(statement) if isinstance(n, ast.Call) and self.source.span(n) == span), None
        )
        known = self.memo.setdefault(f"deletion {statement.lineno}:{statement.col_offset}", None)
        if known is not None:
            return None
        moves = moved or call is None or self._takes_more(call, statement)
        unit = self._unit(statement)
        made = Deletion(call if call is not None else statement, statement, unit, moves, beside)
        self.memo[f"deletion {statement.lineno}:{statement.col_offset}"] = made
        return made

    def _takes_more(self, call: ast.Call, statement: ast.stmt) -> bool:
        """Whether a call that ends the file's life is no deletion of just that file."""
        name = tail_of(call.func)
        if self.is_descriptor and name != "close":
            return True  # `os.fdopen(fd)` goes on with it
        if any(word in name.lower().replace("remove", "") for word in MOVING_WORDS):
            return True
        if name not in self.removers and not call.args and not call.keywords:
            return False  # a closure made for it, `handle.cleanup()`
        if name not in self.removers and isinstance(self.source.parents[call], ast.Call):
            return True  # `create_task(work(path))`: what deletes it in the end does more before
        if any(self._goes_over_others(above) for above in self.source.ancestors(statement)):
            return True
        if self.binding is not None and self.binding.path in {self.source.code(part) for part in call.args}:
            return False
        used = names_in(call)
        loops = [
            a
            for a in self.source.ancestors(statement)
            if isinstance(a, ast.For) and names_in(a.iter) & self.aliases
        ]
        return not used & self.aliases and not any(used & set(all_bound(loop.target)) for loop in loops)

    def _goes_over_others(self, node: ast.AST) -> bool:
        """Whether a loop goes over a literal that names other files beside this one."""
        if not isinstance(node, ast.For) or not isinstance(node.iter, ast.List | ast.Tuple | ast.Set):
            return False
        return names_in(node.iter) & self.aliases != names_in(node.iter)

    def _statement_at(self, place: Location) -> ast.stmt | None:
        statement = self.source.innermost(place)
        if self.source.scope_of(statement) is self.scope:
            return statement
        return None

    def _unit(self, statement: ast.stmt) -> ast.stmt:
        """The largest statement around a deletion that does nothing else: a guard, a suppress, a loop over paths."""
        unit = statement
        while True:
            parent = self.source.parents.get(unit)
            if (
                isinstance(parent, ast.ExceptHandler)
                or not isinstance(parent, ast.stmt)
                or parent is self.scope
            ):
                return unit
            if self._exists_for(parent, unit):
                unit = parent
            else:
                return unit

    def _exists_for(self, parent: ast.stmt, unit: ast.stmt) -> bool:
        body = getattr(parent, "body", None)
        if body != [unit]:
            return False
        if isinstance(parent, ast.With):
            return all(
                isinstance(i.context_expr, ast.Call) and tail_of(i.context_expr.func) == "suppress"
                for i in parent.items
            )
        if isinstance(parent, ast.Try):
            quiet = all(says_nothing(s) for h in parent.handlers for s in h.body)
            return quiet and not parent.orelse and not parent.finalbody
        if isinstance(parent, ast.For):
            return not parent.orelse
        if isinstance(parent, ast.If) and not parent.orelse:
            used = names_in(unit)
            if self._asks_what_made_it(parent.test, used):
                return True
            return names_in(parent.test) <= used | self._asking and bool(names_in(parent.test) & used)
        return False

    def _asks_what_made_it(self, test: ast.expr, used: frozenset[str]) -> bool:
        """Whether a condition is the one under which the file was made, and not taken from somebody else; or that
        first, and else asks only for what is deleted."""
        if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
            first, *others = test.values
            rest = all(names_in(each) <= used | self._asking for each in others)
            return rest and self._asks_what_made_it(first, used)
        when = self.binding.when if self.binding is not None else ""
        given = when.removeprefix("not ")
        return bool(when) and self.source.code(test) in (when, f"{given} is None" if given != when else when)


def _in_order(found: Iterable[tuple[ast.stmt | None, bool]]) -> list[tuple[ast.stmt, bool]]:
    return sorted(
        {(statement, raised) for statement, raised in found if statement is not None},
        key=lambda item: (item[0].lineno, item[0].col_offset),
    )


def _words_in(test: ast.expr) -> set[str]:
    """The words that the names in a condition are made of."""
    names = [
        n.id if isinstance(n, ast.Name) else n.attr
        for n in ast.walk(test)
        if isinstance(n, ast.Name | ast.Attribute)
    ]
    names += [n.value for n in ast.walk(test) if isinstance(n, ast.Constant) and isinstance(n.value, str)]
    return {word for name in names for word in re.findall(r"[a-z]+", name.lower())}
