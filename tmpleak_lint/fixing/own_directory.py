"""Whether a pytest test, or a fixture, may have the test's `tmp_path` for what it makes.

In: a subject whose scope is one. Out: why not, "" where nothing speaks against it: the directory is the same for all
that one test run has, so only one of them may take it, once; and a parameter more is for a function that pytest alone
calls. Not handled: tests of other modules that inherit, call or use it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import PurePath

from tmpleak_lint.analysis.domain.values import Func, Klass
from tmpleak_lint.analysis.queries.asked_fixtures import asked_by
from tmpleak_lint.analysis.queries.called import region_text
from tmpleak_lint.analysis.queries.testing import is_fixture
from tmpleak_lint.fixing.names import tail_of
from tmpleak_lint.fixing.source import Function
from tmpleak_lint.fixing.subject import Subject
from tmpleak_lint.flow.graph import Code
from tmpleak_lint.knowledge.frameworks import MANAGED_PARAMETERS
from tmpleak_lint.knowledge.model import SELF_DELETING_SHAPES, Creates
from tmpleak_lint.knowledge.words import TEMP_VARIABLES

_REPEATED = (
    ast.For, ast.AsyncFor, ast.While, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.Lambda,
)  # fmt: skip
_LOOKS = re.compile(rf"\b(?:gettempdir\w*|tempdir|{'|'.join(TEMP_VARIABLES)})\b|[\"']/tmp\b")
_KEPT = re.compile(r"\bdelete\s*=\s*False\b")
_BY_NAME = re.compile(r"\bgetfixturevalue\b")
_COLLECTED = "Test"


def shared(subject: Subject) -> str:
    """Why the directory of the test is no place for what is made."""
    source, scope = subject.source, subject.scope
    assert isinstance(scope, Function)
    if not isinstance(source.parents.get(scope), ast.Module | ast.ClassDef):
        return "pytest doesn't run it by itself"
    for above in source.ancestors(subject.call):
        if above is scope:
            break
        if isinstance(above, _REPEATED):
            return "it is made more than once, and a test has one tmp_path"
    if subject.owner is not None and _is_mixed_in(subject, subject.owner):
        return "other classes than pytest's may run its class"
    if _is_called(subject, scope):
        return "somebody else calls it, who would have to give it a tmp_path"
    if _LOOKS.search(source.text):
        return "somebody looks into the directory for temporary files"
    return _shares(subject)


def _is_mixed_in(subject: Subject, owner: ast.ClassDef) -> bool:
    """Whether a class isn't collected by itself, or is one of several that another inherits from."""
    return not owner.name.startswith(_COLLECTED) or any(
        isinstance(node, ast.ClassDef) and len(node.bases) > 1 and owner.name in map(tail_of, node.bases)
        for node in subject.source.nodes
    )


def _is_called(subject: Subject, scope: Function) -> bool:
    """Whether something in the module names the function; a fixture's name is that of variables, too."""
    called = scope.name.startswith("test")
    for node in subject.source.nodes:
        match node:
            case ast.Name(id=name, ctx=ast.Load()) if called and name == scope.name:
                return True
            case ast.Attribute(attr=name) if called and name == scope.name:
                return True
            case ast.Call(func=function) if tail_of(function) == scope.name and not _is_given(subject, node):
                return True
    return False


def _is_given(subject: Subject, call: ast.Call) -> bool:
    """Whether what is called is a parameter: what a fixture has given."""
    around = subject.source.scope_of(call)
    return isinstance(around, Function) and any(a.arg == tail_of(call.func) for a in around.args.args)


def _shares(subject: Subject) -> str:
    assert subject.verdict is not None
    explorer, project = subject.verdict.explorer, subject.project
    module, code = explorer.module, explorer.code
    if _times_made(subject, region_text(project, Func(module.key, code.qualname))) > 1:
        return "more than one file or directory is made, and a test has one tmp_path"
    users = [(subject.klass, code)]
    if is_fixture(code.decorators):
        if PurePath(subject.finding.filename).stem == "conftest" or _BY_NAME.search(subject.source.text):
            return "nobody knows which tests use the fixture, and what of its tmp_path"
        users += _users(subject, Func(module.key, code.qualname))
    for owner, user in users:
        fixtures, asked = asked_by(project, module, owner, user)
        if MANAGED_PARAMETERS & asked:
            return (
                "the test has its own directory already, by itself or by a fixture, and would find more there"
            )
        own = Func(module.key, code.qualname)
        texts = [region_text(project, each) for each in fixtures if each != own]
        if user is not code:
            texts.append(region_text(project, Func(module.key, user.qualname)))
        if any(_times_made(subject, text) for text in texts):
            return "a fixture makes another one, and a test has one tmp_path"
    return ""


def _users(subject: Subject, fixture: Func) -> Iterator[tuple[Klass | None, Code]]:
    """The tests and fixtures of the module that have a fixture."""
    assert subject.verdict is not None
    module, project = subject.verdict.explorer.module, subject.project
    for known in module.source.skeleton.ordered_defs():
        if known.name.startswith("test") or is_fixture(known.decorators):
            owner = Klass(module.key, known.owner) if known.owner is not None else None
            code = project.code(Func(module.key, known.qualname))
            if code is not None and fixture in asked_by(project, module, owner, code)[0]:
                yield owner, code


def _times_made(subject: Subject, text: str) -> int:
    """How many calls of a text make what nobody but somebody else deletes."""
    known = subject.knowledge
    plain = known.tails_where(Creates, lambda creates: creates.shape not in SELF_DELETING_SHAPES)
    named = known.tails_where(Creates, lambda creates: creates.shape in SELF_DELETING_SHAPES)
    calls = len(re.findall(rf"\b(?:{'|'.join(sorted(map(re.escape, plain)))})\s*\(", text))
    kept = len(_KEPT.findall(text)) if re.search(rf"\b(?:{'|'.join(sorted(named))})\s*\(", text) else 0
    return calls + kept
