"""The deletion moved into a `finally`: for a file that is deleted here.

In: a subject. Out: candidates, the one with the smaller difference first.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tmpleak_lint.analysis.semantics.functions import is_deleter
from tmpleak_lint.fixing.candidate import SAFE, UNSAFE, Candidate, candidate
from tmpleak_lint.fixing.deleting import MISSING, NEVER, deletion, forgives, may_be_missing, soften
from tmpleak_lint.fixing.edits import Draft
from tmpleak_lint.fixing.names import bound_by, names_in, tail_of
from tmpleak_lint.fixing.refusals import Telling
from tmpleak_lint.fixing.region import check, with_comments, wrap
from tmpleak_lint.fixing.rewrites.extending import follows_finally, into_finally
from tmpleak_lint.fixing.source import Unfit, own_nodes
from tmpleak_lint.fixing.starts import Start, index_holding, region_starts, start_of
from tmpleak_lint.fixing.subject import Deletion, Subject
from tmpleak_lint.knowledge.model import Enters
from tmpleak_lint.knowledge.words import SHELL_DELETERS
from tmpleak_lint.model import Applicability

ALREADY_WANTED = frozenset({"TML102", "TML103", "TML104", "TML107", "TML201", "TML202", "TML204", "TML302"})


def move_into_finally(subject: Subject) -> Iterator[Candidate]:
    """`try:` right after the creation, the deletion that stands in the same block under `finally:`."""
    source = subject.source
    for start in region_starts(subject, start_of(subject)):
        only = _only_deletion(subject, start)
        if subject.escapes and not _comes_back(subject, start, only):
            raise subject.handed_over
        at = start.block.index(only.unit)
        last = at - 1
        while last > start.first and deletes_another(subject, start.block.statements[last]):
            last -= 1
        first_row = source.first_row(start.block.statements[start.first])
        bottom = with_comments(source, start.block.statements[last])
        names = names_in(only.unit)
        is_bound = all(
            name in (start.name, start.path) or subject.is_bound_before(name, first_row) for name in names
        )
        unasked = subject.may_hold_another and not isinstance(only.unit, ast.If)
        check(subject, start.block, at, at)
        indent = source.indentation(only.unit)
        unsure = may_be_missing(subject) or _deleted_by_borrower(subject)
        unsure = unsure or subject.deletes_within(start.block, start.first, last, only.call)
        there = Draft(source)
        if (
            is_bound
            and last == at - 1
            and not (unsure or unasked)
            and follows_finally(subject, there, start, only.unit)
        ):
            message = "let the deletion be the last thing of the finally above it"
            yield candidate("finally-extended", message, trust(subject), there)
        if goes_with_directory(subject, only) and last == at - 1:
            draft = Draft(source)
            lines = deletion(subject, draft, path_of(subject, start), NEVER)
            wrap(subject, draft, start, last, ["finally:", *(source.unit + line for line in lines)])
            draft.delete_with_comments(source.first_row(only.unit), source.last_row_of(only.unit))
            message = "delete the directory, with the file in it, in a finally"
            yield candidate("finally", message, trust(subject), draft)
        for forgive in [NEVER] if forgives(only) else [MISSING] if unsure else [NEVER, MISSING]:
            draft = Draft(source)
            if only.beside:  # it stays, and fails where it did
                lines = [
                    source.unit + line for line in deletion(subject, draft, path_of(subject, start), forgive)
                ]
                wrap(subject, draft, start, at, ["finally:", *lines])
            elif is_bound and last == at - 1 and not start.guarded and not unasked:
                wrap(subject, draft, start, last, ["finally:"])
                if forgive:
                    soften(subject, draft, only, indent + source.unit)
                draft.indent(bottom + 1, source.last_row_of(only.unit), source.unit, len(indent))
            else:
                if isinstance(only.unit, ast.For):
                    raise Unfit("a loop deletes it together with what is bound only later")
                anew = MISSING if forgives(only) and not is_bound else forgive  # it bears as much as it did
                lines = deletion(subject, draft, path_of(subject, start), anew)
                in_one_row = isinstance(only.unit, ast.Expr) and only.unit.lineno == only.unit.end_lineno
                if is_bound and in_one_row:
                    lines = [*lines[:-1], lines[-1].replace(lines[-1].strip(), source.code(only.unit))]
                above = source.first_row(only.unit)
                lines = [*draft.comments_above(above), *lines]
                wrap(subject, draft, start, last, ["finally:", *(source.unit + line for line in lines)])
                draft.delete_rows(above - len(draft.comments_above(above)), source.last_row_of(only.unit))
            message = "move the deletion into a finally that begins right after the creation"
            yield candidate("finally", message, trust(subject), draft)


def goes_with_directory(subject: Subject, only: Deletion) -> bool:
    """Whether a deletion is one of something in the directory, and no more than that."""
    return (
        only.beside
        and subject.is_directory
        and isinstance(only.unit, ast.Expr)
        and only.unit.value is only.call
    )


def _comes_back(subject: Subject, start: Start, only: Deletion) -> bool:
    """Whether what lends the file out (a yield, an attribute of the object) leaves it to the deletion to end it."""
    region = start.block.statements[start.first : start.block.index(only.unit)]
    inside = {id(node) for statement in region for node in own_nodes(statement)}
    for statement in subject.hand_overs:
        lends = any(isinstance(node, ast.Yield) for node in own_nodes(statement))
        lends = lends or subject.is_stored_by(statement) or subject.is_put_in_own(statement)
        if id(statement) not in inside or not lends:
            return False
    for node in own_nodes(subject.scope):
        if isinstance(node, ast.Return) and subject.gives_away(node):
            return False
        if subject.is_stored_by(node) and not (id(node) in inside and _nobody_else_reads(subject, node)):
            return False
        if isinstance(node, ast.Call) and subject.keeps(node):
            return False
    created = subject.statement
    return not isinstance(created, ast.Assign) or all(
        not isinstance(target, ast.Attribute) or _nobody_else_reads(subject, created)
        for target in created.targets
    )


def _deleted_by_borrower(subject: Subject) -> bool:
    """Whether somebody in this file deletes what the manager or generator lends out: the finally finds it gone then."""
    name = getattr(subject.scope, "name", "")
    for node in subject.source.nodes:
        lent: list[tuple[ast.expr, ast.expr | None]] = []
        borrower: ast.AST = node
        if isinstance(node, ast.With | ast.AsyncWith):
            lent = [(item.context_expr, item.optional_vars) for item in node.items]
        elif isinstance(node, ast.For | ast.AsyncFor):
            lent = [(node.iter, node.target)]
        elif isinstance(node, ast.Assign):
            entered = node.value.value if isinstance(node.value, ast.Await) else node.value
            if isinstance(entered, ast.Call) and tail_of(entered.func) in subject.knowledge.tails(Enters):
                lent = [(given, target) for given in entered.args[:1] for target in node.targets]
                above = subject.source.ancestors(node)
                borrower = next(
                    (a for a in above if isinstance(a, ast.FunctionDef | ast.AsyncFunctionDef)), node
                )
        for given, target in lent:
            names = {n for part in ast.walk(target) for n in bound_by(part)} if target is not None else set()
            if (
                isinstance(given, ast.Call)
                and tail_of(given.func) == name
                and any(
                    isinstance(call, ast.Call) and names_in(call) & names and _may_delete(subject, call)
                    for call in ast.walk(borrower)
                )
            ):
                return True
    return False


def _may_delete(subject: Subject, call: ast.Call) -> bool:
    """Whether a call deletes what it is given, by its name, its command, or the body that this file has for it."""
    tail = tail_of(call.func)
    if tail in subject.removers or is_deleter(tail):
        return True
    if any(
        isinstance(part, ast.Constant)
        and isinstance(part.value, str)
        and set(part.value.split()) & SHELL_DELETERS
        for part in ast.walk(call)
    ):
        return True
    return any(
        isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name == tail
        and any(
            isinstance(inner, ast.Call) and tail_of(inner.func) in subject.removers
            for inner in ast.walk(node)
        )
        for node in subject.source.nodes
    )


def removed_at_exit(subject: Subject) -> bool:
    """Whether a function of the scope that is registered for the exit deletes what a name stands for by then."""
    return any(names_in(call) & subject.aliases for call in _deletions_at_exit(subject))


def _deletions_at_exit(subject: Subject) -> list[ast.Call]:
    """The deletions in functions and lambdas of the scope that it registers for the exit."""
    given = [
        argument
        for node in own_nodes(subject.scope)
        if isinstance(node, ast.Call) and tail_of(node.func) in subject.at_exit
        for argument in node.args
    ]
    names = {argument.id for argument in given if isinstance(argument, ast.Name)}
    defs = (
        node for node in own_nodes(subject.scope) if isinstance(node, ast.FunctionDef) and node.name in names
    )
    return [
        call
        for inner in (*defs, *(argument for argument in given if isinstance(argument, ast.Lambda)))
        for call in ast.walk(inner)
        if isinstance(call, ast.Call) and tail_of(call.func) in subject.removers
    ]


def _nobody_else_reads(subject: Subject, store: ast.AST) -> bool:
    """Whether no other method of the class mentions the attributes that a statement stores into."""
    owner = subject.owner
    targets = store.targets if isinstance(store, ast.Assign) else [getattr(store, "target", None)]
    names = {target.attr for target in targets if isinstance(target, ast.Attribute)}
    if owner is None or not names:
        return False
    return not any(
        isinstance(node, ast.Attribute) and node.attr in names
        for method in owner.body
        if method is not subject.scope
        for node in ast.walk(method)
    )


def deletes_another(subject: Subject, statement: ast.stmt) -> bool:
    """A plain deletion of something else: ours may as well come before it."""
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Call)
        and tail_of(statement.value.func) in subject.removers
        and not names_in(statement) & subject.aliases
        and all(subject.is_bound_before(name, subject.statement.lineno) for name in names_in(statement))
    )


def _only_deletion(subject: Subject, start: Start) -> Deletion:
    found = [d for d in subject.deletions if not d.moves]
    if len(subject.deletions) != 1 or len(found) != 1:
        raise Unfit("the file is deleted in several places")
    if all(statement is not found[0].unit for statement in start.block.statements[start.first + 1 :]):
        raise Unfit("the deletion doesn't stand in the block of the creation, or follows at once")
    return found[0]


def path_of(subject: Subject, start: Start) -> str:
    if subject.is_descriptor:
        if start.fd is None:
            raise Unfit("the descriptor has no name")
        return start.fd
    return start.path


def trust(subject: Subject) -> Applicability:
    """Safe only where the file goes in any case, and what is new is that it goes on failing ways as well."""
    wanted = subject.finding.code in ALREADY_WANTED or (
        subject.finding.code == "TML105" and subject.only_raises and len(subject.deletions) == 1
    )
    if not wanted or not any(_is_certain(subject, d) for d in subject.deletions):
        return UNSAFE
    return UNSAFE if subject.falls_through else SAFE  # it may come to its end without deleting on purpose


def _is_certain(subject: Subject, gone: Deletion) -> bool:
    """Whether all that goes well comes to a deletion: no condition but the creation's own decides about it."""
    source = subject.source
    context = list(source.ancestors(subject.statement))
    asked = _conditions(subject, subject.statement)
    at: ast.AST = gone.unit
    for above in source.ancestors(gone.unit):
        if above in context:
            return True
        if isinstance(above, ast.ExceptHandler | ast.Match | ast.While | ast.For | ast.AsyncFor):
            return False
        if isinstance(above, ast.If):
            there = any(each is at for each in above.body)
            other = above.orelse if there else above.body
            if _condition(subject, above, at) not in asked and not any(
                d.statement is node for d in subject.deletions for each in other for node in ast.walk(each)
            ):
                return False
        at = above
    return True


def _conditions(subject: Subject, statement: ast.stmt) -> set[str]:
    """What is true where a statement runs, as far as the ifs around it say so."""
    found: set[str] = set()
    at: ast.AST = statement
    for above in subject.source.ancestors(statement):
        if isinstance(above, ast.If):
            found.add(_condition(subject, above, at))
        at = above
    return found


def _condition(subject: Subject, above: ast.If, at: ast.AST) -> str:
    """The test of an if, or its contrary, whichever holds where `at` is one of its statements."""
    test, holds = above.test, any(each is at for each in above.body)
    while isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        test, holds = test.operand, not holds
    return f"{'' if holds else 'not '}{subject.source.code(test)}"


def forgiving_finally(subject: Subject) -> Iterator[Candidate]:
    """A `finally:` around everything that uses the file, which deletes what is still there."""
    if subject.escapes:
        raise subject.handed_over
    if subject.registrations:
        raise Unfit("something else is asked to delete it on some ways")
    if removed_at_exit(subject):
        raise Unfit("what runs at exit deletes it, or a file in it, and would find it gone")
    start = start_of(subject)
    not_deleted_around(subject, start, raising=False)
    last = last_use(subject, start)
    strict = not subject.deletions and not may_be_missing(subject) and not subject.may_be_taken
    strict = strict and not subject.deletes_within(start.block, start.first, last)
    strict = strict and not subject.is_directory  # what lies in it may be open
    unit, trusted = subject.source.unit, trust(subject)
    message = "delete it in a finally around everything that uses it"
    for each in region_starts(subject, start):
        for forgive in (NEVER, MISSING) if strict else (MISSING,):
            draft = Draft(subject.source)
            lines = deletion(subject, draft, path_of(subject, each), forgive)
            there = draft.copy()
            if into_finally(subject, there, each, _end_of_use(subject, each, last), lines):
                extended = "delete it in the finally that is there"
                yield candidate("finally-extended", extended, trusted, there)
            ending = ["finally:", *(unit + line for line in lines)]
            read = _last_read(subject, each, last)
            if read < last:
                short = draft.copy()
                wrap(subject, short, each, read, ending)
                yield candidate("finally-all", message, trusted, short)
            wrap(subject, draft, each, last, ending)
            yield candidate("finally-all", message, trusted, draft)


def _last_read(subject: Subject, start: Start, last: int) -> int:
    """Index of the region's last statement that names the file, where nothing deletes it so far: a finally there has it
    gone, whatever fails below."""
    if subject.deletions:
        return last
    names = names_of(subject, start)
    body = start.block.statements
    return max((i for i in range(start.first, last + 1) if names & _read_in(body[i])), default=last)


def _end_of_use(subject: Subject, start: Start, last: int) -> int:
    """Index of the region's first statement where nothing below it names the file: a finally there has it gone before
    what comes then."""
    below = start.block.statements[start.first + 1 : last + 1]
    names = names_of(subject, start)
    return last if any(names & _read_in(each) for each in below) else start.first


def parts_are_removed_at_exit(subject: Subject) -> bool:
    """Whether something in the directory is registered to be deleted at the exit, where it has to be there still."""
    calls = [node for node in own_nodes(subject.scope) if isinstance(node, ast.Call)]
    own = {name for node in ast.walk(subject.statement) for name in bound_by(node)}
    registered = any(
        tail_of(call.func) in subject.at_exit
        and len(call.args) > 1
        and any(tail_of(each) in subject.removers for each in call.args)
        and not names_in(call) & own
        for call in calls
    ) or any(not names_in(call) & own for call in _deletions_at_exit(subject))
    return (
        registered
        and subject.is_directory
        and any(names_in(call) & own and _makes_a_part(call) for call in calls)
    )


def _makes_a_part(call: ast.Call) -> bool:
    return tail_of(call.func) in ("join", "joinpath") or any(each.arg == "dir" for each in call.keywords)


def outlives(subject: Subject, name: str) -> bool:
    """Whether a name is that of a variable of the module, or of a function around this one."""
    return any(isinstance(n, ast.Global | ast.Nonlocal) and name in n.names for n in own_nodes(subject.scope))


def last_use(subject: Subject, start: Start) -> int:
    """Index of the last statement of the block that uses the file, deletes it or makes it stay."""
    last = start.first
    bottom = subject.source.last_row_of(start.block.statements[-1])
    around = set(subject.source.ancestors(start.block.statements[-1]))
    for node in [d.statement for d in subject.deletions] + [statement for statement, _ in subject.causes]:
        index = index_holding(start.block, node, subject)
        if index is None and not subject.deletions and (node.lineno > bottom or node in around):
            continue  # where the block has ended, be it what leaving a manager raises, the file is gone
        if index is None:
            raise Unfit("the file is deleted or left outside of the block that creates it")
        last = max(last, index)
    names = names_of(subject, start)
    for index in range(last, len(start.block.statements)):
        if names & _read_in(start.block.statements[index]):
            last = index
    check(subject, start.block, start.first, last)
    if not subject.deletions:
        if subject.reads_after(subject.source.last_row_of(start.block.statements[last]), names):
            raise Unfit("the file is used outside of the block that creates it", Telling.USED)
    elif subject.reads_after(subject.source.last_row_of(start.block.statements[-1]), names):
        raise Unfit("the file is used outside of the block that creates it", Telling.USED)
    return last


def names_of(subject: Subject, start: Start) -> frozenset[str]:
    return subject.aliases | frozenset(filter(None, [start.name]))


def _read_in(statement: ast.stmt) -> frozenset[str]:
    return names_in(statement)


def not_deleted_around(subject: Subject, start: Start, *, raising: bool) -> None:
    """Refuse where a handler or finally around the creation deletes: that would do it a second time.

    A deletion further down doesn't matter to a way that raises (`raising`).
    """
    for gone in subject.deletions:
        if index_holding(start.block, gone.statement, subject) is not None:
            continue
        if raising and (isinstance(gone.unit, ast.For) or not runs_when_raising(subject, gone.statement)):
            continue
        raise Unfit("the file is deleted outside of the block that creates it")


def runs_when_raising(subject: Subject, statement: ast.stmt) -> bool:
    """Whether a statement stands in a handler or finally of a try around the creation."""
    context = set(subject.source.ancestors(subject.statement))
    at: ast.AST = statement
    for above in subject.source.ancestors(statement):
        if (
            isinstance(above, ast.Try)
            and above in context
            and at not in above.body
            and at not in above.orelse
        ):
            return True
        at = above
    return False
