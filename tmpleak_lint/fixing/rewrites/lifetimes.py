"""Files that outlive the code that makes them: until the object, the test or the process ends.

In: a subject whose file an object, a module or a test keeps. Out: candidates; none of them is safe, for nobody deleted
the file before. One for a class is only shown where others may have the path from the object: where its life ends is
for its author to say.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tmpleak_lint.analysis.queries.by_name import words_of
from tmpleak_lint.fixing.binding import DERIVING
from tmpleak_lint.fixing.candidate import DISPLAY, UNSAFE, Candidate, candidate
from tmpleak_lint.fixing.comparing.grounds import is_log
from tmpleak_lint.fixing.deleting import callback
from tmpleak_lint.fixing.edits import Draft
from tmpleak_lint.fixing.imports import use
from tmpleak_lint.fixing.kept_open import Closing, closing_first
from tmpleak_lint.fixing.names import name_of, names_in, tail_of
from tmpleak_lint.fixing.own_directory import shared
from tmpleak_lint.fixing.passing import builds, parts_of
from tmpleak_lint.fixing.refusals import Telling
from tmpleak_lint.fixing.region import begin, in_rows
from tmpleak_lint.fixing.source import USUAL_WIDTH, Function, Unfit, own_nodes
from tmpleak_lint.fixing.starts import opens_close, start_of
from tmpleak_lint.fixing.subject import Subject
from tmpleak_lint.knowledge.frameworks import ENDING
from tmpleak_lint.knowledge.model import Announces
from tmpleak_lint.knowledge.words import BEARING_PARAMETERS, REMAKING_WORDS, SCRATCH_WORDS

_TEST_FILE = re.compile(r"(?:^|[/\\])(?:test_[^/\\]*|[^/\\]*_test|conftest)\.py\Z")
_ENVIRONMENT = re.compile(r"\b(?:environ|putenv|setenv)\b")
_HARMLESS = frozenset({"parametrize", "skipif", "skip", "xfail", "usefixtures"})
_OWN_WORDS = SCRATCH_WORDS | REMAKING_WORDS
ELSEWHERE = "the directory lies elsewhere, and pytest keeps those of the last runs"
AT_THE_END = "what the process leaves behind may be wanted after its end"
GONE = "who has its path from the object would find it deleted once the object is gone"
LIFE = "only its author knows when the object is done with it"


def at_exit(subject: Subject) -> Iterator[Candidate]:
    """`atexit.register(...)` for what a module keeps as long as the process lives."""
    source, binding = subject.source, subject.binding
    if subject.is_descriptor or subject.deletions or not source.alone(subject.statement):
        raise Unfit("the file has no name of its own")
    in_module = subject.scope is source.tree
    if subject.site.handed is not None and not in_module:
        raise Unfit("a helper makes it, and keeps it")
    if binding is None:
        if not in_module:
            raise Unfit("the file has no name of its own")
        yield from _bound_for_exit(subject)
        return
    if not in_module and binding.name not in _declared_global(subject) and not _held_by_module(subject):
        raise Unfit("it isn't kept by the module")
    draft = Draft(source)
    indent = source.indentation(subject.statement)
    arguments = callback(subject, draft, binding.path, forgive=subject.is_directory or subject.may_be_taken)
    register, closing = use(subject, draft, "atexit", "register"), closing_first(subject, draft)
    lines = [closing.now, f"{register}({arguments})", f"{register}({closing.before})" * bool(closing.before)]
    draft.after_row(source.last_row_of(subject.statement), [indent + line for line in lines if line])
    lent = (in_module and _is_given_to_objects(subject)) or _is_told_elsewhere(subject)
    stays = "" if closing.before else closing.open
    stays = stays or (not subject.is_directory and _told_to_log(subject)) or ""
    yield candidate(
        "atexit",
        "delete it when the process ends",
        DISPLAY if lent or stays else UNSAFE,
        draft,
        stays or AT_THE_END,
        closes=bool(closing.now or closing.before),
    )


def for_the_process(subject: Subject) -> Iterator[Candidate]:
    """The same for what a function makes and sets the process up with: its environment, what is called at its end."""
    source, statement = subject.source, subject.statement
    if subject.is_descriptor or subject.deletions or not source.alone(statement):
        raise Unfit("the file has no name of its own")
    if not isinstance(subject.scope, Function) or not _is_for_the_process(subject):
        raise Unfit("it isn't kept by the module")
    draft, indent = Draft(source), source.indentation(statement)
    row, path = source.last_row_of(statement), subject.binding.path if subject.binding is not None else ""
    below = subject.block.statements[subject.index + 1 : subject.index + 2]
    if below and opens_close(below[0]):
        row = source.last_row_of(below[0])
    if isinstance(statement, ast.With) and statement.items[0].context_expr is subject.call:
        target = statement.items[0].optional_vars
        path = f"{name_of(target)}.name" if target is not None else ""
        indent = source.indentation(statement.body[0])
        row = source.first_row(statement.body[0]) - 1
        row -= len(draft.comments_above(row + 1))
    if not path.split(".")[0]:
        raise Unfit("the file has no name of its own")
    arguments = callback(subject, draft, path, forgive=subject.is_directory or subject.may_be_taken)
    draft.after_row(row, [f"{indent}{use(subject, draft, 'atexit', 'register')}({arguments})"])
    yield candidate("atexit", "delete it when the process ends", UNSAFE, draft, AT_THE_END)


def _is_for_the_process(subject: Subject) -> bool:
    """Whether a variable of the environment has the path, or what is called when the process ends."""
    for node in own_nodes(subject.scope):
        if isinstance(node, ast.Call) and tail_of(node.func) in subject.at_exit:
            if any(names_in(each) & subject.aliases for each in node.args[1:]):
                return True
        elif isinstance(node, ast.Assign) and names_in(node.value) & subject.aliases:
            places = [target.value for target in node.targets if isinstance(target, ast.Subscript)]
            if any(tail_of(place) == "environ" for place in places):
                return True
    return False


def _bound_for_exit(subject: Subject) -> Iterator[Candidate]:
    """The same for what a statement of the module makes in passing: it gets a name."""
    start, draft = start_of(subject), Draft(subject.source)
    if start.kind != "bind":
        raise Unfit("the file has no name of its own")
    arguments = callback(subject, draft, start.path, forgive=subject.is_directory or subject.may_be_taken)
    begin(subject, draft, start, [f"{use(subject, draft, 'atexit', 'register')}({arguments})"])
    lent = _is_given_to_objects(subject)
    yield candidate(
        "atexit", "delete it when the process ends", DISPLAY if lent else UNSAFE, draft, AT_THE_END
    )


def _is_given_to_objects(subject: Subject) -> bool:
    """Whether the module builds an object around the path, whose results may lie there and be wanted."""
    return any(
        isinstance(node, ast.Call) and builds(node) and tail_of(node.func) not in DERIVING
        and names_in(node) & subject.aliases
        for node in own_nodes(subject.scope)
    )  # fmt: skip


def _is_told_elsewhere(subject: Subject) -> bool:
    """Whether some function puts the module's variable that has the path into what is said: somebody may go there."""
    held = {leak.held_by for leak in subject.verdict.leaks} if subject.verdict is not None else set()
    held |= subject.aliases & _declared_global(subject)
    saying = subject.knowledge.tails(Announces)
    return any(
        isinstance(node, ast.Call) and tail_of(node.func) in saying
        and held & {name for each in (*node.args, *node.keywords) for name in names_in(each)}
        for node in ast.walk(subject.source.tree)
    )  # fmt: skip


def _told_to_log(subject: Subject) -> str:
    """Why what the module keeps may be open at its end: the environment says that something logs to it."""
    names = subject.aliases | _declared_global(subject)
    for node in ast.walk(subject.source.tree):
        if isinstance(node, ast.Call | ast.Assign) and names & names_in(node):
            text = subject.source.code(node)
            if _ENVIRONMENT.search(text) and is_log(text):
                return f"{subject.told(node)} lets somebody log to it, who may have it open at the end of the process"
    return ""


def _held_by_module(subject: Subject) -> bool:
    """Whether a container of the module keeps it, and no object does."""
    held = [leak.held_by for leak in subject.verdict.leaks] if subject.verdict is not None else []
    return bool(held) and all(name.isidentifier() for name in held)


def _declared_global(subject: Subject) -> frozenset[str]:
    return frozenset(
        name for node in ast.walk(subject.scope) if isinstance(node, ast.Global) for name in node.names
    )


def finalize(subject: Subject) -> Iterator[Candidate]:
    """`weakref.finalize(self, ...)` for what an object keeps and no method deletes."""
    source = subject.source
    if subject.owner is None or not isinstance(subject.scope, Function) or subject.is_descriptor:
        raise Unfit("no object keeps it", Telling.OTHER_SHAPE)
    if not source.alone(subject.statement) or not subject.scope.args.args:
        raise Unfit("no object keeps it", Telling.OTHER_SHAPE)
    if any(tail_of(d) in ("staticmethod", "classmethod") for d in subject.scope.decorator_list):
        raise Unfit("no object keeps it", Telling.OTHER_SHAPE)
    start = start_of(subject) if subject.binding is None else None
    if (start is not None and start.kind != "bind") or _is_local(subject):
        raise Unfit("no object keeps it", Telling.OTHER_SHAPE)
    path = subject.binding.path if subject.binding is not None else start.path if start is not None else ""
    draft = Draft(source)
    arguments = callback(subject, draft, path, forgive=subject.is_directory or subject.may_be_taken)
    line = f"{use(subject, draft, 'weakref', 'finalize')}({subject.self_name}, {arguments})"
    closing = Closing()
    if start is not None:
        begin(subject, draft, start, [line])
    else:
        indent, closing = source.indentation(subject.statement), closing_first(subject, draft)
        lines = [closing.now, line]
        draft.after_row(source.last_row_of(subject.statement), [indent + each for each in lines if each])
    own = _keeps_to_itself(subject) or (start is not None and _goes_with_its_part(subject))
    yield candidate(
        "finalize",
        "delete it when the object is gone",
        UNSAFE if own and not closing.open else DISPLAY,
        draft,
        (closing.open or GONE) if own else LIFE,
        closes=bool(closing.now),
    )


def _goes_with_its_part(subject: Subject) -> bool:
    """Whether an attribute has the only file in a directory that nobody names, the class deletes that file where an
    object ends, bearing that it is gone, and gives it to nobody: the directory is wanted no longer than the file."""
    statement = subject.statement
    target = (
        statement.targets[0] if isinstance(statement, ast.Assign) and len(statement.targets) == 1 else None
    )
    if not isinstance(target, ast.Attribute) or name_of(target.value) != subject.self_name:
        return False
    assert subject.owner is not None
    names = {target.attr}
    given = (
        n for n in ast.walk(subject.owner) if isinstance(n, ast.Return | ast.Yield) and n.value is not None
    )
    if not subject.is_directory or any(_gives(n.value, names) for n in given if n.value is not None):
        return False
    return any(
        getattr(method, "name", "") in ENDING
        and isinstance(call, ast.Call)
        and tail_of(call.func) in subject.removers
        and names & {node.attr for node in ast.walk(call) if isinstance(node, ast.Attribute)}
        and _bears_absence(subject, call, names)
        for method in subject.owner.body
        for call in ast.walk(method)
    )


def _bears_absence(subject: Subject, call: ast.Call, names: set[str]) -> bool:
    """Whether nothing is raised where the attribute's file is gone: by who is around the deletion."""
    for above in subject.source.ancestors(call):
        if isinstance(above, ast.Try | ast.With):
            return True
        if isinstance(above, ast.If) and names & {
            node.attr for node in ast.walk(above.test) if isinstance(node, ast.Attribute)
        }:
            return True
    return any(each.arg in BEARING_PARAMETERS for each in call.keywords)


def _is_local(subject: Subject) -> bool:
    """Whether nothing of the object has the file: a variable of the method does, and gives it to nobody that stays."""
    if subject.binding is None or "." in subject.binding.path.removesuffix(".name"):
        return False
    return not any(
        subject.is_stored_by(node) or subject.keeps(node) or subject.gives_away(node)
        for node in own_nodes(subject.scope)
    )


def _keeps_to_itself(subject: Subject) -> bool:
    """Whether the object holds the path for its own use alone: in attributes that are private, or scratch by their
    names, and that no method of the class gives to others."""
    targets = [
        part
        for node in own_nodes(subject.scope)
        if isinstance(node, ast.Assign) and subject.is_stored_by(node)
        for target in node.targets
        for part in parts_of(target)
    ]
    if subject.binding is not None:
        targets.append(ast.parse(subject.binding.path, mode="eval").body)
    kept = [_without_indexes(target) for target in targets if not isinstance(target, ast.Name)]
    names = {t.attr for t in kept if isinstance(t, ast.Attribute) and name_of(t.value) == subject.self_name}
    if not names or len(names) < len({ast.dump(target) for target in kept}):
        return False
    if any(each.arg == "dir" and not isinstance(each.value, ast.Constant) for each in subject.call.keywords):
        return False  # whoever says where it is to be made looks for it there
    own = all(is_for_own_use(name) for name in names) or _is_scratch_of_part(subject)
    return own and not any(
        isinstance(node, ast.Return | ast.Yield) and node.value is not None and _gives(node.value, names)
        for node in ast.walk(subject.owner or subject.scope)
    )


def _is_scratch_of_part(subject: Subject) -> bool:
    """Whether a variable of the method, scratch by its name, is only given to an object that is kept."""
    known = subject.binding
    if known is None or known.name != known.path or not words_of(known.name) & _OWN_WORDS:
        return False
    returned = [n.value for n in own_nodes(subject.scope) if isinstance(n, ast.Return | ast.Yield)]
    if any(value is not None and names_in(value) & subject.aliases for value in returned):
        return False
    stored = [
        n.value for n in own_nodes(subject.scope) if isinstance(n, ast.Assign) and subject.is_stored_by(n)
    ]
    return bool(stored) and all(isinstance(value, ast.Call) and builds(value) for value in stored)


def _without_indexes(target: ast.AST) -> ast.AST:
    """The container that `self.a[b]` is put into."""
    while isinstance(target, ast.Subscript):
        target = target.value
    return target


def _gives(value: ast.expr, names: set[str]) -> bool:
    """Whether a value is one of the attributes, is made of it by path work, or holds it."""
    match value:
        case ast.Attribute(attr=attr):
            return attr in names
        case ast.Call() if tail_of(value.func) not in DERIVING and not builds(value):
            return False
    return any(_gives(part, names) for part in ast.iter_child_nodes(value) if isinstance(part, ast.expr))


def is_for_own_use(attribute: str) -> bool:
    """Whether an attribute, by its name, is nobody's business but the object's."""
    return attribute.startswith("_") or bool(words_of(attribute) & _OWN_WORDS)


def tmp_path(subject: Subject) -> Iterator[Candidate]:
    """In a pytest test, or a fixture of one: the test's own directory in place of mkdtemp(), or what is made made in
    it."""
    source, scope = subject.source, subject.scope
    if not isinstance(scope, Function) or subject.is_test_case or subject.is_descriptor:
        raise Unfit("it is no pytest test", Telling.OTHER_SHAPE)
    if not _TEST_FILE.search(subject.finding.filename) or not _is_for_one_test(scope):
        raise Unfit("it is no pytest test", Telling.OTHER_SHAPE)
    row = subject.site.row
    if subject.deletions or subject.site.handed is not None or row is None or row.dir_position is None:
        raise Unfit("its mkdtemp() is asked for more than a directory")
    call, draft = subject.call, Draft(source)
    has_directory = len(call.args) > row.dir_position or any(k.arg in ("dir", None) for k in call.keywords)
    if has_directory or row.awaited or any(isinstance(each, ast.Starred) for each in call.args):
        raise Unfit("its mkdtemp() is asked for more than a directory")
    if reason := shared(subject):
        raise Unfit(reason)
    _take_fixture(subject, draft, scope)
    target = source.span(call)
    # The functions of Python 2 take no path objects.
    as_path = "str(tmp_path)" if source.is_for_python_2 else "tmp_path"
    bare = tail_of(call.func) == "mkdtemp" and not (call.args or call.keywords)
    if bare:
        parent = source.parents[call]
        function = ""
        if isinstance(parent, ast.Call) and parent.args[:1] == [call]:
            function = source.code(parent.func)
        if _is_path_object(function):
            target = source.span(parent)
        whole = _is_path_object(function) or (function == "os.path.join" and as_path == "tmp_path")
        draft.replace(target.start, target.end, "tmp_path" if whole else "str(tmp_path)")
        yield candidate("tmp-path", "use pytest's tmp_path", UNSAFE, draft, ELSEWHERE)
        return
    prefixes = [*call.args[row.dir_position - 1 :], *(k.value for k in call.keywords if k.arg == "prefix")]
    if not all(map(_begins_with_text, prefixes)):
        raise Unfit("its prefix may be a path, beside which a directory counts for nothing")
    given = [*call.args, *(each.value for each in call.keywords)]
    added = f", dir={as_path}" if given else f"dir={as_path}"
    place = source.location(source.offset(target.end) - 1)
    if given:
        place = max(source.span(each).end for each in given)
    width = len(source.line(place.row).rstrip()) + len(added)
    if width <= source.widest:
        draft.replace(place, place, added)
    elif width <= USUAL_WIDTH:  # nobody knows whether it fits: all rows so far are short
        raise Unfit("its row has no room for a directory")
    else:
        _in_rows(subject, draft, added.removeprefix(", "))
    yield candidate("tmp-path", "make it in pytest's tmp_path", UNSAFE, draft, ELSEWHERE)


def _in_rows(subject: Subject, draft: Draft, added: str) -> None:
    """Write the row of the creating call anew, its arguments, and one more, in rows of their own. Raises `Unfit`."""
    source, call = subject.source, subject.call
    row, span = source.line(call.lineno).rstrip(), source.span(call)
    given = [source.code(each) for each in (*call.args, *call.keywords)]
    head = row[: source.span(call.func).end.column - 1]
    if call.lineno != call.end_lineno or "#" in row:
        raise Unfit("its row has no room for a directory")
    lines = in_rows(source, head, [*given, added], row[span.end.column - 1 :], source.unit)
    place = source.row_start(call.lineno)
    draft.changes.append((place, place + len(row), source.newline.join(lines)))


def _begins_with_text(prefix: ast.expr) -> bool:
    """Whether a name begins with what is written there, and no slash."""
    match prefix:
        case ast.Constant(value=str(text)):
            return not text.startswith(("/", "\\"))
        case ast.JoinedStr(values=[first, *_]):
            return _begins_with_text(first)
        case ast.BinOp(op=ast.Add() | ast.Mod(), left=left):
            return _begins_with_text(left)
        case ast.Call(func=ast.Attribute(value=whole, attr="format")):
            return _begins_with_text(whole)
    return False


def _is_path_object(function: str) -> bool:
    return function in ("Path", "pathlib.Path")


def _is_for_one_test(scope: Function) -> bool:
    """Whether a function is a test, or a fixture that is made anew for each."""
    decorators = scope.decorator_list
    if scope.name.startswith("test"):
        if all(tail_of(d) in _HARMLESS or _is_mark(d) for d in decorators):
            return True
        raise Unfit("the test has decorators that may count its parameters")
    if len(decorators) != 1 or tail_of(decorators[0]) != "fixture":
        return False
    return not (isinstance(decorators[0], ast.Call) and any(k.arg != "name" for k in decorators[0].keywords))


def _is_mark(decorator: ast.expr) -> bool:
    """Whether a decorator is a mark of pytest's, `@pytest.mark.slow`, which hides no parameters."""
    function = decorator.func if isinstance(decorator, ast.Call) else decorator
    return isinstance(function, ast.Attribute) and tail_of(function.value) == "mark"


def _take_fixture(subject: Subject, draft: Draft, scope: Function) -> None:
    """Let a test have `tmp_path`. Raises `Unfit`."""
    source, given = subject.source, scope.args
    if given.vararg or given.kwonlyargs or given.kwarg or given.defaults or given.posonlyargs:
        raise Unfit("the test's parameters are of an unusual form")
    if "tmp_path" in subject.stores or any(
        isinstance(node, ast.Name) and node.id == "tmp_path" for node in ast.walk(scope)
    ):
        raise Unfit("the name tmp_path means something else here")
    typed = scope.returns is not None or any(each.annotation is not None for each in given.args)
    own = f"tmp_path: {use(subject, draft, 'pathlib', 'Path')}" if typed else "tmp_path"
    place = source.location(source.text.index("(", source.offset(source.span(scope).start)) + 1)
    if given.args:
        place, own = source.span(given.args[-1]).end, f", {own}"
    if len(source.line(place.row).rstrip()) + len(own) > source.widest:
        raise Unfit("the row of its parameters has no room for one more")
    draft.replace(place, place, own)
