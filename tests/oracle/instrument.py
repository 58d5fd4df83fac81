"""Prepare one program for running: what its lines mean, and code that reports function calls.

In: source text, one statement a line (as the grammar writes it; other text works as long as a `finally`
body shares no line with code outside). Out: `Prepared`, with

- `teardown` lines: inside `__exit__`, `__del__`, `close` and the like, where ordinary calls do not raise;
- `finals`: line -> the `finally` bodies around it (each by its first line), where an ordinary call that
  raises does not count against a file that this same body deletes;
- `fallible` lines: in the body of a `try` with a handler that can match OSError, where a consuming move may
  fail;
- `exceptions`: the exception types its handlers and suppressions tell apart, which are the ones worth
  injecting;
- `entries`: the functions and classes that the driver uses;
- `code`: the program with `__track__` as the innermost decorator of every function.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import CodeType

PROGRAM = "<program>"
TEARDOWNS = frozenset(
    {
        "__exit__",
        "__aexit__",
        "__del__",
        "close",
        "aclose",
        "cleanup",
        "stop",
        "shutdown",
        "tearDown",
        "teardown",
    }
)
CREATORS = frozenset({"mkstemp", "mkdtemp", "mktemp", "NamedTemporaryFile"})
MANAGER_DECORATORS = frozenset({"contextmanager", "asynccontextmanager"})


class OracleGap(BaseException):
    """The program uses something the oracle has no model of: the run says nothing."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Something public that the driver uses: its kind says how."""

    name: str
    kind: str  # function, generator, manager, coroutine, asyncmanager, asyncgenerator, class
    parameters: tuple[str, ...]
    methods: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Prepared:
    source: str
    code: CodeType
    teardown: frozenset[int]
    finals: Mapping[int, tuple[int, ...]]
    fallible: frozenset[int]
    exceptions: tuple[str, ...]
    entries: tuple[Entry, ...]
    needs_collection: bool  # a `__del__` may sit in a cycle


def prepare(source: str) -> Prepared:
    tree = ast.parse(source)
    missing = undefined(tree)
    if missing:
        raise OracleGap(f"not defined: {', '.join(missing)}")
    teardown: set[int] = set()
    finals: dict[int, tuple[int, ...]] = {}
    fallible: set[int] = set()
    exceptions: dict[str, None] = {}
    for node in ast.walk(tree):
        if isinstance(node, (ast.Try, ast.TryStar)):
            for line in lines_of(node.finalbody):
                finals[line] = (*finals.get(line, ()), node.finalbody[0].lineno)
            if any(can_match_oserror(handler.type) for handler in node.handlers):
                fallible |= lines_of(node.body)
            for handler in node.handlers:
                exceptions.update(dict.fromkeys(names_of(handler.type)))
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name in TEARDOWNS:
            teardown |= lines_of(node.body)
        elif isinstance(node, ast.Call) and text_of(node.func).endswith("suppress"):
            for argument in node.args:
                exceptions.update(dict.fromkeys(names_of(argument)))
    entries = entries_of(tree)
    needs_collection = "__del__" in source
    tracked = ast.fix_missing_locations(Tracker().visit(tree))
    return Prepared(
        source,
        compile(tracked, PROGRAM, "exec"),
        frozenset(teardown),
        finals,
        frozenset(fallible),
        tuple(exceptions),
        entries,
        needs_collection,
    )


def undefined(tree: ast.Module) -> list[str]:
    """Names that are read but bound nowhere in the module, and no builtins either."""
    bound: set[str] = {"__name__", "__file__"}
    loaded: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            (loaded if isinstance(node.ctx, ast.Load) else bound).add(node.id)
        elif isinstance(node, ast.arg):
            bound.add(node.arg)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            bound.update((item.asname or item.name).partition(".")[0] for item in node.names)
        elif isinstance(
            node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.ExceptHandler, ast.MatchAs)
        ):
            bound.add(node.name or "")
    return sorted(name for name in loaded - bound if not hasattr(builtins, name))


def lines_of(body: Iterable[ast.stmt]) -> set[int]:
    return {line for node in body for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)}


def names_of(node: ast.expr | None) -> list[str]:
    """The exception names of a handler, last parts only."""
    if node is None:
        return ["BaseException"]
    if isinstance(node, ast.Tuple):
        return [name for part in node.elts for name in names_of(part)]
    return [text_of(node).rpartition(".")[2]]


def text_of(node: ast.expr) -> str:
    return ast.unparse(node) if isinstance(node, (ast.Name, ast.Attribute)) else ""


def can_match_oserror(node: ast.expr | None) -> bool:
    """Whether a handler of this type catches some OSError."""
    for name in names_of(node):
        kind = getattr(builtins, name, None)
        if isinstance(kind, type) and (issubclass(OSError, kind) or issubclass(kind, OSError)):
            return True
    return False


def yields(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether the function itself, not one nested in it, yields."""
    waiting: list[ast.AST] = list(node.body)
    while waiting:
        item = waiting.pop()
        if isinstance(item, (ast.Yield, ast.YieldFrom)):
            return True
        if not isinstance(item, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
            waiting.extend(ast.iter_child_nodes(item))
    return False


def kind_of(node: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    """How a call of this function runs."""
    manager = any(text_of(item).rpartition(".")[2] in MANAGER_DECORATORS for item in node.decorator_list)
    if isinstance(node, ast.AsyncFunctionDef):
        if yields(node):
            return "asyncmanager" if manager else "asyncgenerator"
        return "coroutine"
    if yields(node):
        return "manager" if manager else "generator"
    return "function"


def entries_of(tree: ast.Module) -> tuple[Entry, ...]:
    """What the driver uses: everything public, and what nothing in the module mentions.

    In any case generators and functions that create something: whether those hold must not hang on how the
    module happens to use them.
    """
    named = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    entries = []
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            entry = class_entry(node)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            entry = Entry(node.name, kind_of(node), parameters_of(node))
        else:
            continue
        generator = entry.kind not in ("function", "coroutine", "class")
        creates = not isinstance(node, ast.ClassDef) and CREATORS & attributes_of(node)
        if generator or creates or not node.name.startswith("_") or node.name not in named:
            entries.append(entry)
    return tuple(entries)


def attributes_of(node: ast.AST) -> set[str]:
    return {item.attr for item in ast.walk(node) if isinstance(item, ast.Attribute)}


def class_entry(node: ast.ClassDef) -> Entry:
    methods = {
        item.name: item for item in node.body if isinstance(item, (ast.FunctionDef, ast.AsyncFunctionDef))
    }
    if ("__enter__" in methods) is not ("__exit__" in methods):
        raise OracleGap(f"half a context manager: {node.name}")
    init = methods.get("__init__")
    parameters = parameters_of(init)[1:] if init is not None else ()
    return Entry(node.name, "class", parameters, tuple(methods))


def parameters_of(node: ast.FunctionDef | ast.AsyncFunctionDef) -> tuple[str, ...]:
    """Names of the parameters that must be given."""
    arguments = [item.arg for item in (*node.args.posonlyargs, *node.args.args)]
    return tuple(arguments[: len(arguments) - len(node.args.defaults)])


class Tracker(ast.NodeTransformer):
    """Puts `@__track__(kind)` next to each `def`, under its other decorators."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        return self.track(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        return self.track(node)

    def track(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.AST:
        kind = kind_of(node)
        self.generic_visit(node)
        name = ast.Name("__track__", ast.Load())
        call = ast.Call(name, [ast.Constant(kind)], [])
        for made in (name, call, call.args[0]):
            ast.copy_location(made, node)
        node.decorator_list.append(call)
        return node
