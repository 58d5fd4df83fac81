"""A file that an object keeps, deleted by the method that ends the object's life, where the class has one.

In: a subject whose file is bound to an attribute of `self`. Out: candidates. None is safe, for nobody deleted the file
before; where the attribute is open to everybody, the rewrite is only shown. The deletion bears that the method is
called twice. Not handled: attributes that may hold somebody else's file, and methods that leave in several places.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tmpleak_lint.fixing.candidate import DISPLAY, UNSAFE, Candidate, candidate
from tmpleak_lint.fixing.deleting import MISSING, deletion, is_only_a_name
from tmpleak_lint.fixing.edits import Draft
from tmpleak_lint.fixing.kept_open import closing_first, is_another_class
from tmpleak_lint.fixing.names import name_of
from tmpleak_lint.fixing.refusals import Telling
from tmpleak_lint.fixing.rewrites.lifetimes import LIFE, is_for_own_use
from tmpleak_lint.fixing.source import Function, Unfit, own_nodes
from tmpleak_lint.fixing.subject import Subject
from tmpleak_lint.knowledge.frameworks import ENDING_METHODS, PYTEST, UNITTEST

_TEST_SETUPS = frozenset({"setup", *UNITTEST.each, *PYTEST.each})
_TEST_TEARDOWNS = frozenset({*UNITTEST.teardowns, *PYTEST.teardowns})
HELD = "who has its path from the object would find it deleted once the object is closed"
_Method = ast.FunctionDef | ast.AsyncFunctionDef


def in_ending_method(subject: Subject) -> Iterator[Candidate]:
    """The deletion as the last thing that `close()` and the like do."""
    source, binding, owner = subject.source, subject.binding, subject.owner
    if (
        binding is None
        or owner is None
        or subject.deletions
        or subject.is_descriptor
        or is_only_a_name(subject)
    ):
        raise Unfit("no object keeps it", Telling.OTHER_SHAPE)
    if binding.when:
        raise Unfit("the attribute may hold what somebody else gave")
    attribute = _attribute(subject, binding.path)
    method = _ending_method(owner, subject.scope)
    surely = _is_bound_always(subject, owner, attribute)
    if any(isinstance(node, ast.Return | ast.Yield | ast.YieldFrom) for node in own_nodes(method)):
        raise Unfit(f"{method.name}() leaves in several places")
    if not all(source.alone(statement) for statement in method.body):
        raise Unfit("a statement shares its line with another")
    path = f"{method.args.args[0].arg}.{attribute}"
    draft = Draft(source)
    lines = deletion(subject, draft, path, MISSING)
    if not surely or binding.optional:
        lines = [f"if {path} is not None:", *(source.unit + line for line in lines)]
    _at_the_end(subject, draft, method, lines)
    of_test = _is_of_test(subject, owner, method)
    own, closing = of_test or is_for_own_use(attribute), closing_first(subject, draft)
    if closing.now:
        indent = source.indentation(subject.statement)
        draft.after_row(source.last_row_of(subject.statement), [indent + closing.now])
    yield candidate(
        "ending-method",
        f"delete it in {method.name}()",
        UNSAFE if own and not closing.open else DISPLAY,
        draft,
        (closing.open or ("" if of_test else HELD)) if own else LIFE,
        elsewhere=True,
        closes=bool(closing.now),
    )


def _is_of_test(subject: Subject, owner: ast.ClassDef, method: _Method) -> bool:
    """Whether what is made before each test of a class goes after it."""
    made = getattr(subject.scope, "name", "") in _TEST_SETUPS
    return made and method.name in _TEST_TEARDOWNS and owner.name.startswith("Test")


def _attribute(subject: Subject, path: str) -> str:
    """The attribute of `self` that is the path. Raises `Unfit`."""
    scope = subject.scope
    if not isinstance(scope, Function) or not scope.args.args or scope.decorator_list:
        raise Unfit("no object keeps it", Telling.OTHER_SHAPE)
    head, _, attribute = path.partition(".")
    if head != subject.self_name or not attribute.isidentifier():
        raise Unfit("no object keeps it", Telling.OTHER_SHAPE)
    return attribute


def _ending_method(owner: ast.ClassDef, creating: ast.AST) -> _Method:
    """The method that ends the life of an object, the one that others of them are likely to call first."""
    methods = {node.name: node for node in owner.body if isinstance(node, _Method)}
    for name in ENDING_METHODS:
        method = methods.get(name)
        if method is None or method is creating or not method.args.args or method.decorator_list:
            continue
        if not any(isinstance(node, ast.Raise) for node in method.body):  # to be written by who inherits
            return method
    raise Unfit("no method ends the life of the object", Telling.OTHER_SHAPE)


def _is_bound_always(subject: Subject, owner: ast.ClassDef, attribute: str) -> bool:
    """Whether every object has its own file in the attribute, or else there may be None in it. Raises `Unfit` where
    there may be something else."""
    source = subject.source
    empty = False
    for node in source.nodes:
        stored = (
            isinstance(node, ast.Attribute) and node.attr == attribute and not isinstance(node.ctx, ast.Load)
        )
        if not stored:
            continue
        assert isinstance(node, ast.Attribute)
        if is_another_class(subject, node):
            continue
        above = source.parents[node]
        value = above.value if isinstance(above, ast.Assign | ast.AnnAssign) else None
        while isinstance(above, ast.Tuple | ast.List):
            above = source.parents[above]
        if above is subject.statement:
            continue
        if not (isinstance(value, ast.Constant) and value.value is None and name_of(node.value) == "self"):
            raise Unfit(f"self.{attribute} may hold another file")
        empty = True
    if any(_is_class_default(each, attribute) for each in owner.body):
        empty = True
    name = getattr(subject.scope, "name", "")
    first = name == "__init__" or (name in _TEST_SETUPS and owner.name.startswith("Test"))
    unconditional = subject.block.owner is subject.scope
    if not (first and unconditional) and not empty:
        raise Unfit(f"self.{attribute} may not be bound when the object ends")
    return not empty


def _is_class_default(statement: ast.stmt, attribute: str) -> bool:
    """`attribute = None` in the class's own body."""
    targets = (
        statement.targets
        if isinstance(statement, ast.Assign)
        else [statement.target]
        if isinstance(statement, ast.AnnAssign)
        else []
    )
    value = getattr(statement, "value", None)
    return (
        any(name_of(t) == attribute for t in targets)
        and isinstance(value, ast.Constant)
        and value.value is None
    )


def _at_the_end(subject: Subject, draft: Draft, method: _Method, lines: list[str]) -> None:
    """The lines as the last thing of a method: in a finally around what may fail there."""
    source = subject.source
    said = isinstance(method.body[0], ast.Expr) and isinstance(method.body[0].value, ast.Constant)
    body = method.body[said:]
    last = method.body[-1]
    indent = source.indentation(method.body[0])
    if len(body) == 1 and isinstance(body[0], ast.Pass):
        draft.delete_rows(body[0].lineno, body[0].lineno)
        body = []
    if any(isinstance(node, ast.Call | ast.Await | ast.Raise) for each in body for node in own_nodes(each)):
        end = body[-1]
        if len(body) == 1 and isinstance(end, ast.Try) and end.finalbody:
            if not source.alone(end.finalbody[-1]):
                raise Unfit("a statement shares its line with another")
            draft.after_row(source.last_row_of(end), [indent + source.unit + line for line in lines])
            return
        draft.before_row(source.first_row(body[0]), [f"{indent}try:"])
        draft.indent(source.first_row(body[0]), source.last_row_of(last), source.unit, len(indent))
        lines = ["finally:", *(source.unit + line for line in lines)]
    draft.after_row(source.last_row_of(last), [indent + line for line in lines])
