"""What a piece of code passes on: which names stand for a file after it, and which ones a value holds.

In: nodes of `ast`, names that are known to stand for the file. Out: sets of names.
"""

from __future__ import annotations

import ast

from tmpleak_lint.fixing.binding import DERIVING
from tmpleak_lint.fixing.names import bound_by, names_in, tail_of
from tmpleak_lint.knowledge.model import Handling, HandsOn, Holds
from tmpleak_lint.knowledge.table import SHIPPED
from tmpleak_lint.knowledge.words import SAYING_WORDS

LITERALS = (ast.List, ast.Dict, ast.Set, ast.Tuple, ast.ListComp, ast.DictComp, ast.SetComp)
HANDS_ON = SHIPPED.tails(HandsOn)
PUTS = HANDS_ON | SHIPPED.tails_where(Holds, lambda holds: holds.how in (Handling.PUTS, Handling.PUTS_EACH))


def passed_on(node: ast.AST, known: set[str]) -> set[str]:
    """Names that a statement makes stand for the file, or for a container that holds it."""
    if (
        isinstance(node, ast.Assign | ast.AnnAssign)
        and node.value is not None
        and names_in(node.value) & known
    ):
        if any(isinstance(n, ast.Call) and tail_of(n.func) not in DERIVING for n in ast.walk(node.value)):
            return set()
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        return {name for target in targets for part in ast.walk(target) for name in _target_names(part)}
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in PUTS):
        return set()
    given = [*node.args, *(k.value for k in node.keywords)]
    return root_of(node.func.value) if any(handed_names(part) & known for part in given) else set()


def filled(statement: ast.stmt) -> set[str]:
    """Containers that a statement puts something into."""
    if isinstance(statement, ast.Assign):
        return {name for t in statement.targets if isinstance(t, ast.Subscript) for name in root_of(t.value)}
    call = statement.value if isinstance(statement, ast.Expr) else None
    if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr in PUTS:
        return root_of(call.func.value)
    return set()


def _target_names(part: ast.AST) -> set[str]:
    return set(bound_by(part)) | (root_of(part) if isinstance(part, ast.Subscript | ast.Attribute) else set())


def parts_of(target: ast.AST) -> list[ast.AST]:
    """The single targets of an assignment's target."""
    if isinstance(target, ast.Tuple | ast.List):
        return [part for each in target.elts for part in parts_of(each)]
    return [target]


def handed_names(value: ast.AST) -> frozenset[str]:
    """Names that a value holds as they are, or in an object built from them; not what some call makes of them."""
    names: set[str] = set()
    waiting: list[ast.AST] = [value]
    while waiting:
        part = waiting.pop()
        if isinstance(part, ast.Name):
            names.add(part.id)
        elif isinstance(part, ast.Call) and tail_of(part.func) not in DERIVING and not builds(part):
            continue
        elif not isinstance(part, ast.Compare | ast.Lambda):
            waiting += ast.iter_child_nodes(part)
    return frozenset(names)


def builds(call: ast.Call) -> bool:
    """Whether the name of what is called is that of a class."""
    return tail_of(call.func).lstrip("_")[:1].isupper()


def built_and_dropped(node: ast.AST) -> frozenset[str]:
    """What a statement such as `Settings(folder=path)` is given: nobody has the object but its class, which it is made
    for then (a singleton). Empty for any other."""
    match node:
        case ast.Expr(value=ast.Call(func=ast.Name()) as call) if builds(call):
            given = (*call.args, *(each.value for each in call.keywords))
            return frozenset().union(*map(handed_names, given))
    return frozenset()


def all_bound(target: ast.AST) -> list[str]:
    return [name for part in ast.walk(target) for name in bound_by(part)]


def root_of(node: ast.AST) -> set[str]:
    """The variable that `a.b[c]` hangs on."""
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return {node.id} if isinstance(node, ast.Name) else set()


def says_nothing(statement: ast.stmt) -> bool:
    """`pass`, and a message for people."""
    if isinstance(statement, ast.Pass):
        return True
    if not (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call)):
        return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    tail = tail_of(statement.value.func)
    return tail in SHIPPED.logging_methods or tail.lower().partition("_")[0] in SAYING_WORDS
