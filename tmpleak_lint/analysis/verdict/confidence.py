"""How sure a finding is: that its way is real, and that it matters.

Comes in: a verdict and its diagnosis. Goes out: a `Confidence` and the facts it was drawn from, a sentence each.
Every fact allows at most some confidence; the least allowed is the finding's. The facts are those a reader would
ask for: does every run leave the file, or must something raise, and how likely is that? Must a test fail? Was
the file followed by name all the way, or does somebody have it of whom nothing is known?
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import PurePath

from tmpleak_lint.analysis.domain.trail import trail_of
from tmpleak_lint.analysis.domain.values import Const, Dotted, Func, Global, Inst, Klass, Member, Sym
from tmpleak_lint.analysis.queries.by_name import says_delete, words_of
from tmpleak_lint.analysis.queries.prefilter import region_text
from tmpleak_lint.analysis.queries.project import Project
from tmpleak_lint.analysis.semantics.creating import is_parameter
from tmpleak_lint.analysis.verdict.callers import is_fixture
from tmpleak_lint.analysis.verdict.classify import Diagnosis, cause_of, elsewhere_at, way
from tmpleak_lint.analysis.verdict.judge import Verdict
from tmpleak_lint.analysis.verdict.raisers import (
    Likelihood,
    concerns_file,
    outside_text,
    raiser_of,
    raiser_on,
    statics_of_body,
    writes_little,
    writes_text,
)
from tmpleak_lint.analysis.verdict.telling import Telling, tells_parameter
from tmpleak_lint.flow import graph as g
from tmpleak_lint.flow.dataflow import WELL, reached
from tmpleak_lint.knowledge import frameworks
from tmpleak_lint.knowledge.model import Deletes
from tmpleak_lint.knowledge.words import LASTING_CLASSES, LASTING_WORDS, SCRATCH_WORDS
from tmpleak_lint.model import Confidence

Fact = tuple[Confidence, str]
STRICT = "only cleanup code or a set-up that fails itself leaves it"
GIVES_AND_KEEPS = "the object gives it to who asks, keeps it, and never deletes it: who gets it may"
_BY_LIKELIHOOD = {
    Likelihood.LIKELY: Confidence.HIGH,
    Likelihood.POSSIBLE: Confidence.MEDIUM,
    Likelihood.SELDOM: Confidence.LOW,
}
# Modules that are called after tests, and folders: `test_io.py`, `testing_utils.py`, `conftest.py`; `unit_tests`.
_TEST_MODULE = re.compile(r"(?:^|_)(?:tests?|testing|conftest)[_.]")
_TEST_FOLDER = re.compile(
    r"(?:tests?|testing)(?:_(?:utils?|helpers?|support|lib|common|framework))?|\w+_tests"
)
# What a directory is called that somebody else made for the time of a run.
_SOMEBODYS = re.compile(r"(?:te?mp|scratch|work|cache|job|staging|sandbox)", re.IGNORECASE)


def confidence_of(verdict: Verdict, diagnosis: Diagnosis) -> tuple[Confidence, tuple[str, ...]]:
    """The confidence of a finding, with its reasons, the weakest first."""
    facts = [fact for ask in _FACTS for fact in ask(verdict, diagnosis)]
    facts.sort(key=lambda fact: -fact[0].rank)
    return facts[0][0], tuple(text for _, text in facts)


def _way(verdict: Verdict, diagnosis: Diagnosis) -> Iterator[Fact]:
    """Whether something must raise, and how likely that is."""
    if not diagnosis.raised or diagnosis.cause is None:
        yield Confidence.HIGH, "no exception is needed: a run that goes well leaves it"
        return
    raiser = raiser_on(verdict, diagnosis.leak, diagnosis.cause, partial(way, verdict, diagnosis.leak))
    row = verdict.explorer.nodes[diagnosis.cause].span.start.row
    yield _BY_LIKELIHOOD[raiser.likelihood], f"it takes an exception on line {row}: {raiser.why}"


def _scarce(verdict: Verdict, diagnosis: Diagnosis) -> Iterator[Fact]:
    """Whether it takes a full disk in the very moment between the creation and who takes it over."""
    if diagnosis.code not in _GAPS or not diagnosis.raised or diagnosis.cause is None:
        return
    if writes_little(verdict, diagnosis.cause):
        yield Confidence.LOW, "a few bytes are all that is written before somebody takes the file over"
        return
    causes = _likely_causes(verdict) if diagnosis.code in _DELETED_AFTER else []
    if causes and all(writes_text(verdict, cause) for cause in causes):
        yield (
            Confidence.LOW,
            "a text is all that is written before the deletion is sure: only a full disk loses it",
        )


def _likely_causes(verdict: Verdict) -> list[int]:
    """What raises on the ways that lose the file, without what hardly ever does. Ways that meet in the same state are
    one: whatever else raises to where a cause does counts, too."""
    nodes = verdict.explorer.nodes
    after = reached(nodes, [nodes[index].next for index in verdict.site.nodes], WELL)
    found: list[int] = []
    for leak in verdict.leaks:
        cause, raised = cause_of(verdict, leak)
        if not raised or cause is None:
            continue
        others = {
            segment.via
            for segment in verdict.result.trace.segments
            if segment.how == "raise" and segment.node == nodes[cause].exc and segment.via in after
        }
        whole = cache(partial(way, verdict, leak))
        found += [
            each
            for each in sorted(others | {cause})
            if raiser_on(verdict, leak, each, whole).likelihood is not Likelihood.SELDOM
        ]
    return found


def _unknown(verdict: Verdict, diagnosis: Diagnosis) -> Iterator[Fact]:
    """Whether it takes an exception of something that nothing is known of, and that has nothing to do with the file."""
    if diagnosis.code not in _GAPS or not diagnosis.raised or diagnosis.cause is None:
        return
    unknown = raiser_of(verdict, diagnosis.cause).is_unknown
    if unknown and not concerns_file(verdict, diagnosis.cause):
        yield (
            Confidence.LOW,
            "nothing that is known to fail, or has to do with the file, comes before somebody takes it over",
        )


def _copied(verdict: Verdict, diagnosis: Diagnosis) -> Iterator[Fact]:
    """Whether the code is a copy: it is mended where it comes from."""
    path = verdict.explorer.module.path
    around = set(path.parts[:-1]) & _INSTALLED if path is not None else set()
    if around or set(_folders(verdict)) & _COPIED:
        yield Confidence.LOW, "this is a copy of somebody else's code"


def _example(verdict: Verdict, diagnosis: Diagnosis) -> Iterator[Fact]:
    """Whether it is code that shows something or is run by hand, and takes an exception."""
    if not diagnosis.raised:
        return
    module, folders = verdict.explorer.module, _folders(verdict)
    if set(folders) & _SHOWING:
        yield Confidence.LOW, "this is an example, and it takes an exception"
    elif folders and (
        folders[0 if module.package else -1] in _BY_HAND
        or (set(folders) & _BY_HAND and _MAIN.search(module.source.text))
    ):
        yield Confidence.LOW, "this is a script of the developers, and it takes an exception"


def _self_check(verdict: Verdict, diagnosis: Diagnosis) -> Iterator[Fact]:
    """Whether only who runs a module of a package by itself, to try it, gets there."""
    module, code = verdict.explorer.module, verdict.explorer.code
    if not module.package or PurePath(module.filename).stem == "__main__":
        return
    row = verdict.explorer.nodes[min(verdict.site.nodes)].span.start.row
    lines = module.source.lines
    if code.kind is g.Kind.MODULE:
        above = [line for line in lines[: row - 1] if line[:1].strip() and not line.startswith(("#", ")"))]
        tried = lines[row - 1][:1].isspace() and bool(above) and _MAIN.match(above[-1]) is not None
    else:
        tried = code.name in _TRYING and _MAIN.search(module.source.text) is not None
    if tried:
        yield Confidence.LOW, "only who runs the module by itself, to try it, gets there"


def _test(verdict: Verdict, diagnosis: Diagnosis) -> Iterator[Fact]:
    """Whether it takes a failing test."""
    if not is_test_code(verdict):
        return
    if diagnosis.raised and verdict.explorer.is_cut and not verdict.result.discharges:
        # A way that raises is short: it is found before those that go on to the end.
        yield (
            Confidence.MEDIUM,
            "this is test code, and a bound leaves open whether a green run leaves it, too",
        )
    elif diagnosis.raised:
        yield Confidence.LOW, "this is test code: it takes a failing test"
    else:
        yield Confidence.HIGH, "this is test code, and every green run leaves it"


def _strict(verdict: Verdict, diagnosis: Diagnosis) -> Iterator[Fact]:
    """Whether only who lets nothing pass calls it a leak."""
    if verdict.doubtful:
        kept = diagnosis.leak.held_by and not diagnosis.raised and verdict.escapes
        yield Confidence.LOW, GIVES_AND_KEEPS if kept else STRICT


def _fixture(verdict: Verdict, diagnosis: Diagnosis) -> Iterator[Fact]:
    """Whether it is a fixture's: a test elsewhere may delete what it asks for."""
    if is_fixture(verdict.explorer.code) and not diagnosis.raised:
        yield Confidence.MEDIUM, "tests in other files may delete what the fixture gives them"


def _elsewhere(verdict: Verdict, diagnosis: Diagnosis) -> Iterator[Fact]:
    """Whether it depends on the system that the code runs on."""
    call = verdict.explorer.nodes[min(verdict.site.nodes)].op
    statics = statics_of_body(verdict)
    if isinstance(call, g.Call) and any(
        a.keyword == "delete" and isinstance(statics.made.get(a.value), g.Compare) for a in call.args
    ):
        yield Confidence.LOW, "whether it deletes itself depends on a condition, such as the system"
    row = elsewhere_at(verdict, diagnosis.leak)
    if row is not None:
        yield Confidence.LOW, f"the condition on line {row} holds on another system than POSIX"
    named = (verdict.explorer.code.name, PurePath(verdict.explorer.module.filename).stem)
    if any(_ELSEWHERE.search(each.lower()) for each in named):
        yield Confidence.LOW, "by its name this is for another system than POSIX"


def _owner(verdict: Verdict, diagnosis: Diagnosis) -> Iterator[Fact]:
    """Whether it is what an object keeps: its user may know what to do with it."""
    if diagnosis.code == "TML108" and diagnosis.leak.held_by:
        yield Confidence.MEDIUM, f"`{diagnosis.leak.held_by}` can be read from elsewhere, and deleted there"
        owner = verdict.explorer.task.body.owner
        if owner is not None and words_of(owner.qualname) & LASTING_CLASSES and not is_test_code(verdict):
            yield Confidence.LOW, f"`{owner.qualname}` is called after what is kept on purpose"
        if words_of(diagnosis.leak.held_by) & LASTING_WORDS and not is_test_code(verdict):
            yield Confidence.LOW, f"`{diagnosis.leak.held_by}` is called after what is kept on purpose"


def _lasting(verdict: Verdict, diagnosis: Diagnosis) -> Iterator[Fact]:
    """Whether it is given to an object that is a cache or a log, which is there to stay."""
    if diagnosis.code not in _NEVER or is_test_code(verdict) or verdict.discharged("released", "managed"):
        return
    trail = trail_of(verdict.explorer.code, verdict.site.nodes)
    for index in way(verdict, diagnosis.leak):
        op = verdict.explorer.nodes[index].op
        last = trail.called.get(op.func, "").rpartition(".")[2] if isinstance(op, g.Call) else ""
        if (
            last[:1].isupper()
            and words_of(last) & LASTING_CLASSES
            and isinstance(op, g.Call)
            and trail.is_given(op)
        ):
            yield Confidence.LOW, f"a `{last}` is made of it, which may be meant to stay"
            return


def _deliberate(verdict: Verdict, diagnosis: Diagnosis) -> Iterator[Fact]:
    """Whether the docstring, or a comment beside the creation, says that it isn't deleted: then somebody wants that."""
    if diagnosis.code not in _NEVER or verdict.discharged("released", "managed"):
        return
    lines, span = verdict.explorer.module.source.lines, verdict.explorer.code.span
    body = "\n".join(lines[span.start.row - 1 : span.end.row])
    row = verdict.explorer.nodes[min(verdict.site.nodes)].span.start.row
    near = lines[max(row - _BESIDE, span.start.row) - 1 : row + 1]
    documented = _DOCSTRING.search(body) if verdict.explorer.code.kind is not g.Kind.MODULE else None
    said = [documented[2] if documented is not None else "", *(line.partition("#")[2] for line in near)]
    if any(_STAYS.search(text) for text in said):
        yield Confidence.LOW, "the docstring, or a comment beside it, says that it isn't deleted"


def _handed_late(verdict: Verdict, diagnosis: Diagnosis) -> Iterator[Fact]:
    """Whether all is well but for an object that is made, of a class that nothing is known of, before somebody takes it
    over."""
    if diagnosis.code != "TML203" or not diagnosis.raised or diagnosis.cause is None:
        return
    op = verdict.explorer.nodes[diagnosis.cause].op
    if not isinstance(op, g.Call) or not raiser_of(verdict, diagnosis.cause).is_unknown:
        return
    name = trail_of(verdict.explorer.code, verdict.site.nodes).called.get(op.func, "").rpartition(".")[2]
    if name[:1].isupper() or name == "cls":
        yield Confidence.LOW, f"only a `{name}` is made before somebody takes it over: that hardly ever fails"


def _forgotten(verdict: Verdict, diagnosis: Diagnosis) -> Iterator[Fact]:
    """Whether the module gives it to who asks, and has a function to forget it: who calls that has deleted it."""
    name = diagnosis.leak.held_by
    if diagnosis.code != "TML108" or not name.isidentifier():
        return
    module, name_of_maker = verdict.explorer.module, verdict.explorer.code.qualname
    call = verdict.explorer.nodes[min(verdict.site.nodes)].op
    helper = statics_of_body(verdict).resolve(call.func) if isinstance(call, g.Call) else None
    if isinstance(helper, Dotted):
        helper = verdict.explorer.project.find(module, helper.name)
    if verdict.site.handed is not None and isinstance(helper, Func):
        module, name_of_maker = verdict.explorer.project.module(helper.module), helper.qualname
    for known in module.source.skeleton.ordered_defs():
        text = region_text(verdict.explorer.project, Func(module.key, known.qualname))
        forgets = re.search(rf"^\s+{name}\s*=\s*None\b", text, re.MULTILINE)
        if known.qualname != name_of_maker and forgets and re.search(rf"\bglobal\b.*\b{name}\b", text):
            yield Confidence.LOW, f"`{known.name}` forgets it: who calls that may have deleted it"
            return


def _from_helper(verdict: Verdict, diagnosis: Diagnosis) -> Iterator[Fact]:
    """Whether a helper of the project makes it: who else knows of it there, and whether it is made for this call, is
    followed only so far."""
    if verdict.site.handed is None:
        return
    yield Confidence.MEDIUM, "a helper makes it, and may have other plans for it"
    nodes = verdict.explorer.nodes
    if diagnosis.code in _CONDITIONAL and any(
        isinstance(nodes[index].op, g.Branch) for index in way(verdict, diagnosis.leak)
    ):
        yield (
            Confidence.LOW,
            "a helper makes it on some ways, and a condition deletes it: the two may go together",
        )


def _conditional(verdict: Verdict, diagnosis: Diagnosis) -> Iterator[Fact]:
    """Whether a deletion that is there is passed by on a condition, or a name that has one is filled again: what the
    program knows of that, beyond the body, isn't followed."""
    if diagnosis.code in _CONDITIONAL:
        yield Confidence.MEDIUM, "there is a deletion, and whether it is reached hangs on a condition"


def _entered(verdict: Verdict, diagnosis: Diagnosis) -> Iterator[Fact]:
    """Whether the object deletes it when its `with` ends, so that only one whose beginning fails leaves it."""
    owner, held = verdict.explorer.task.body.owner, diagnosis.leak.held_by.rpartition(".")[2]
    if diagnosis.code != "TML105" or not held or owner is None or verdict.explorer.code.name != "__init__":
        return
    project = verdict.explorer.project
    for name in _EXITS:
        func = project.method(owner, name)
        text = region_text(project, func) if func is not None else ""
        if func is None or held not in text or _asks_what_happened(text):
            continue
        if any(f"{deleter}(" in text for deleter in project.knowledge.tails(Deletes)):
            yield Confidence.LOW, f"`{name}` deletes it: only a `with` whose beginning fails leaves it"
            return


def _asks_what_happened(text: str) -> bool:
    """Whether an `__exit__` has a condition on what it is told."""
    head, _, body = text.partition(")")
    told = re.findall(r"\w+", head.partition("(")[2])[1:]
    return any(re.search(rf"\bif\b[^\n]*\b{name}\b", body) for name in told)


def _decorated(verdict: Verdict, diagnosis: Diagnosis) -> Iterator[Fact]:
    """Whether a decorator has its part in it: one of the project that says where temp files go, or deletes something;
    of one from elsewhere there is but its name."""
    project, module, code = verdict.explorer.project, verdict.explorer.module, verdict.explorer.code
    deleting = project.knowledge.tails(Deletes)
    for text in code.decorators:
        found = project.resolve_text(module, text)
        body = region_text(project, found) if isinstance(found, Func) else ""
        if "tempfile.tempdir" in body or "TMPDIR" in body:
            yield (
                Confidence.LOW,
                f"`@{text}` says where temp files go: that directory may be emptied as a whole",
            )
        elif diagnosis.code in _NEVER and any(f"{name}(" in body for name in deleting):
            yield Confidence.LOW, f"`@{text}` deletes something: it may be this"
        elif not body and words_of(text) & SCRATCH_WORDS:
            yield Confidence.MEDIUM, f"`@{text}` isn't known, and named after temp files"


def _base_has_it(verdict: Verdict, diagnosis: Diagnosis) -> Iterator[Fact]:
    """Whether the constructor of a base class gets it, of a class that deletes something when it is closed."""
    code, owner = verdict.explorer.code, verdict.explorer.task.body.owner
    if diagnosis.code not in _NEVER or owner is None or code.name not in frameworks.UNOWNED_WHEN_RAISING:
        return
    project, trail = verdict.explorer.project, trail_of(code, verdict.site.nodes)
    given = any(
        isinstance(op := verdict.explorer.nodes[index].op, g.Call)
        and trail.is_given(op)
        and trail.called.get(op.func, "").startswith("super()")
        for index in way(verdict, diagnosis.leak)
    )
    closing = [project.method(owner, name) for name in project.method_names(owner) if name in _CLOSING]
    deletes = (
        says_delete(name) for func in closing if func is not None for name in _called_in(project, func)
    )
    if given and any(deletes):
        yield Confidence.LOW, "the base class has it, and the object deletes something when it is closed"


def _called_in(project: Project, func: Func) -> list[str]:
    """What a function calls, by its text."""
    return re.findall(r"\b([\w.]+)\(", region_text(project, func))


def _told(verdict: Verdict, diagnosis: Diagnosis) -> Iterator[Fact]:
    """Whether the user is told where it is, and nothing in the body deletes it: then it may be meant for the user."""
    if diagnosis.code not in _NEVER or verdict.discharged("released", "managed"):
        return
    code = verdict.explorer.code
    trail = trail_of(code, verdict.site.nodes)
    statics = statics_of_body(verdict)

    def tells(call: g.Call) -> bool:
        target = statics.resolve(call.func)
        return isinstance(target, Func) and tells_parameter(
            verdict.explorer.project,
            target,
            tuple(a.value in trail.holding for a in call.args if not a.keyword),
            frozenset(a.keyword for a in call.args if a.keyword and a.value in trail.holding),
        )

    # Where it takes an exception, what is said when all goes well counts as well.
    said = diagnosis.code != "TML203"  # who hands it over on another way doesn't mean it for the user
    others = [each for each in verdict.leaks if each is not diagnosis.leak] if diagnosis.raised else []
    telling = Telling(verdict.explorer.knowledge, code, trail, by_error=said, tells=tells)
    if others and not telling.ever_tells:
        return
    for leak in (diagnosis.leak, *others):
        row = telling.told_at(way(verdict, leak))
        if row is not None:
            yield Confidence.LOW, f"its name is told to the user on line {row}: it may be meant to stay"
            return


def _place(verdict: Verdict, diagnosis: Diagnosis) -> Iterator[Fact]:
    """Whether it is made in a directory of which nothing but its name is known."""
    if diagnosis.leak.end.state.file.parents:
        return
    if diagnosis.code in _NOTHING_DELETES and _caller_names_it(verdict, diagnosis):
        yield Confidence.LOW, "it is made in a directory that the caller names, who may empty it as a whole"
    if _else_managed(verdict, diagnosis):
        yield (
            Confidence.LOW,
            "it is made in a directory that the caller names, or else in one that is cleaned up",
        )
    text = _directory(verdict)
    if _SOMEBODYS.search(text) and not _is_defined(verdict, text):
        yield Confidence.LOW, f"it is made in `{text}`, which may be emptied as a whole"


def _else_managed(verdict: Verdict, diagnosis: Diagnosis) -> bool:
    """Whether the directory is what a parameter is given, and where that is nothing, one that somebody cleans up."""
    place = diagnosis.leak.end.state.file.inside
    return is_parameter(place) and any(
        discharge.where in verdict.site.nodes for discharge in verdict.discharged("managed")
    )


def _caller_names_it(verdict: Verdict, diagnosis: Diagnosis) -> bool:
    """Whether the directory is what a parameter without a default is given, or what the object was made with."""
    place = diagnosis.leak.end.state.file.inside
    code = verdict.explorer.code
    match place:
        case Member(base=Inst(klass=klass), attr=attr):
            return _is_made_with(verdict.explorer.project, klass, attr)
    return is_parameter(place) and any(
        place == Sym(("param", code.qualname, param.name)) and not param.has_default for param in code.params
    )


def _is_made_with(project: Project, klass: Klass, attribute: str) -> bool:
    """Whether an attribute is just what the constructor of the class was given for it."""
    init = project.method(klass, "__init__")
    known = project.module(init.module).source.skeleton.defs.get(init.qualname) if init is not None else None
    if init is None or known is None:
        return False
    text = region_text(project, init)
    given = re.search(
        rf"\bself\.{re.escape(attribute)}\s*(?::[^=\n]*)?=\s*(\w+)\s*(?:#.*)?$", text, re.MULTILINE
    )
    named = given is not None and re.search(rf"[(,]\s*{given[1]}\s*[:=,)]", text[: given.start()])
    return bool(named)


def _is_defined(verdict: Verdict, text: str) -> bool:
    """Whether what a text names gets its value in reach: then nothing there empties it, as has been asked before."""
    explorer, statics = verdict.explorer, statics_of_body(verdict)
    head, _, rest = text.partition(".")
    param = next((p for p in explorer.code.params if p.name == head), None)
    if param is not None and statics.owner is not None and rest and param is explorer.code.params[0]:
        classes = (statics.owner, *explorer.project.bases(statics.owner)[0])
        return any(_gives_value(explorer.project, klass, rest) for klass in classes)
    if param is not None:
        return not rest and param.default is not None
    return isinstance(explorer.project.resolve_text(explorer.module, text), Const | Global)


def _gives_value(project: Project, klass: Klass, attribute: str) -> bool:
    """Whether a class itself, or a method of it, binds an attribute of its objects."""
    module = project.module(klass.module)
    known = module.source.skeleton.classes.get(klass.qualname)
    if known is None:
        return False
    text = "\n".join(module.source.lines[known.first_row - 1 : known.last_row])
    bound = re.search(rf"\bself\.{re.escape(attribute)}\s*(?::[^=\n]*)?=[^=]", text)
    return attribute in known.attributes or bound is not None


def _directory(verdict: Verdict) -> str:
    """What the creating call names as the directory, where it comes from outside the body; else ""."""
    site, explorer = verdict.site, verdict.explorer
    call = explorer.nodes[min(site.nodes)].op
    if site.row is None or not isinstance(call, g.Call):
        return ""
    at = site.row.dir_position
    given = [a.value for a in call.args if a.keyword == "dir"]
    if at is not None and len(call.args) > at and all(a.keyword is None for a in call.args[: at + 1]):
        given.append(call.args[at].value)
    return next((text for temp in given if (text := outside_text(statics_of_body(verdict), temp))), "")


_FACTS: tuple[Callable[[Verdict, Diagnosis], Iterator[Fact]], ...] = (
    _way, _scarce, _unknown, _copied, _example, _self_check, _test, _strict, _fixture, _elsewhere, _owner,
    _lasting, _deliberate, _handed_late, _forgotten, _from_helper, _conditional, _entered, _decorated, _base_has_it,
    _told, _place,
)  # fmt: skip
_COPIED = frozenset(
    {"vendor", "_vendor", "vendored", "_vendored", "third_party", "thirdparty", "extern", "externals"}
)
_INSTALLED = frozenset({"site-packages", "dist-packages"})
# Beside the package; in it, what is a program of its own.
_BY_HAND = frozenset({"scripts", "tools", "benchmarks", "docs", "doc"})
_MAIN = re.compile(r"^if __name__ ==", re.MULTILINE)
_ELSEWHERE = re.compile(r"(?:^|_)windows(?:_|$)|win(?:32|64)|cygwin")
_BESIDE = 3  # lines above a creation whose comments speak of it
_DOCSTRING = re.compile(
    r"""(?:\)[^:\n]*|[\w\])]):[ \t]*(?:#.*)?\n[ \t]*[rRbB]?(\"{3}|'{3})(.*?)\1""", re.DOTALL
)
_STAYS = re.compile(
    r"(?:\bnot|n't|n\u2019t|\bnever)\W+(?:be\W+)?(?:\w+ly\W+)?(?:delete|remove|clean|purge|unlink)"
    r"|\bwithout\W+(?:deleting|removing)\W+(?:it|them)\b",
    re.IGNORECASE,
)
_NEAR = 2  # folders above a module that say what it is for
_EXITS = ("__exit__", "__aexit__")
_CLOSING = frameworks.CLOSE_LIKE | frameworks.FINALIZERS
_NOTHING_DELETES = frozenset({"TML101", "TML109"})
_GAPS = frozenset({"TML201", "TML202", "TML203"})
_DELETED_AFTER = frozenset({"TML201", "TML202"})
# What a module's own check is called that is run by its last lines.
_TRYING = frozenset({"_test", "_selftest", "_self_test", "_demo", "_example"})
_CONDITIONAL = frozenset({"TML105", "TML106"})
# Folders whose modules are shown to people.
_SHOWING = frozenset({"example", "examples", "demo", "demos", "sample", "samples", "tutorials", "notebooks"})
_NEVER = frozenset({"TML101", "TML105", "TML108", "TML109", "TML203"})
_TEST_TAILS = frozenset(base.rpartition(".")[2] for base in frameworks.TEST_BASES)
# (What is called `setup` may be anybody's.)
_RUN_BY_TESTS = (frameworks.SETUPS - {"setup", "set_up"}) | {
    "tearDown",
    "tearDownClass",
    "tearDownModule",
    "teardown_method",
}


def _folders(verdict: Verdict) -> tuple[str, ...]:
    """The folders that a module lies in, the outermost first: those of its package, else the nearest."""
    module = verdict.explorer.module
    return module.package or (module.path.parent.parts[-_NEAR:] if module.path is not None else ())


def is_test_code(verdict: Verdict) -> bool:
    """Whether the body is a test, what is run before or after one, or stands in a module of tests."""
    module, code = verdict.explorer.module, verdict.explorer.code
    if code.name.startswith("test") or code.name in _RUN_BY_TESTS:
        return True
    if any(_TEST_FOLDER.fullmatch(name) for name in _folders(verdict)):
        return True
    if _TEST_MODULE.search(PurePath(module.filename).name):
        return True
    owner = module.source.skeleton.classes.get(code.qualname.partition(".")[0])
    return owner is not None and any(base.rpartition(".")[2] in _TEST_TAILS for base in owner.bases)
