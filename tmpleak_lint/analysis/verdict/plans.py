"""Who else knows of the file of a finding, and may have plans for it: its owner, the user, a caller, a helper.

Comes in: a verdict and its diagnosis. Goes out: facts for the confidence of the finding (`confidence.py`), each with
the most that it allows. What is followed for certain ends an obligation long before: here stands what is only likely.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from tmpleak_lint.analysis.domain import symbols
from tmpleak_lint.analysis.domain.trail import trail_of
from tmpleak_lint.analysis.domain.values import Const, Func, Global, Inst, Klass, Member, Value
from tmpleak_lint.analysis.queries.by_name import says_delete, words_of
from tmpleak_lint.analysis.queries.called import defs_naming, names_called, region_text
from tmpleak_lint.analysis.queries.inheriting import methods_naming
from tmpleak_lint.analysis.queries.project import Module, Project
from tmpleak_lint.analysis.queries.questions import question
from tmpleak_lint.analysis.semantics.creating import is_parameter
from tmpleak_lint.analysis.verdict.cause import way
from tmpleak_lint.analysis.verdict.classify import Diagnosis
from tmpleak_lint.analysis.verdict.judge import Verdict
from tmpleak_lint.analysis.verdict.naming import outside_text, statics_of_body, target_of
from tmpleak_lint.analysis.verdict.needs import hangs_on_condition
from tmpleak_lint.analysis.verdict.owners import bases_outside
from tmpleak_lint.analysis.verdict.standing import Fact, is_test_code
from tmpleak_lint.analysis.verdict.telling import Telling, tells_parameter
from tmpleak_lint.flow import graph as g
from tmpleak_lint.knowledge import frameworks
from tmpleak_lint.knowledge.model import Deletes
from tmpleak_lint.knowledge.words import (
    DELETING_WORDS,
    LASTING_CLASSES,
    LASTING_WORDS,
    LOG_WRITERS,
    OLD_WORDS,
    PRODUCT_WORDS,
    SCRATCH_WORDS,
    SHOWING_FILES,
    STALE_WORDS,
    SWEEPING_WORDS,
)
from tmpleak_lint.model import Confidence
from tmpleak_lint.reading.skeleton import DefOutline


def _owner(verdict: Verdict, diagnosis: Diagnosis) -> Iterator[Fact]:
    """Whether it is what an object keeps: its user may know what to do with it."""
    if diagnosis.code == "TML108" and diagnosis.leak.held_by:
        yield Confidence.MEDIUM, f"`{diagnosis.leak.held_by}` can be read from elsewhere, and deleted there"
        owner = verdict.explorer.task.body.owner
        if owner is not None and bases_outside(verdict.explorer.project, owner):
            yield Confidence.LOW, f"`{owner.qualname}` has a base class that isn't known, which may delete it"
        made_with_it = verdict.explorer.code.name in frameworks.UNOWNED_WHEN_RAISING
        if owner is not None and made_with_it and _gives_out(verdict, owner, diagnosis.leak.held_by):
            yield Confidence.LOW, f"`{diagnosis.leak.held_by}` is public, and given to who asks, besides"
        if owner is not None and words_of(owner.qualname) & LASTING_CLASSES and not is_test_code(verdict):
            yield Confidence.LOW, f"`{owner.qualname}` is called after what is kept on purpose"
        if words_of(diagnosis.leak.held_by) & LASTING_WORDS and not is_test_code(verdict):
            yield Confidence.LOW, f"`{diagnosis.leak.held_by}` is called after what is kept on purpose"


def _gives_out(verdict: Verdict, owner: Klass, held_by: str) -> bool:
    """Whether an attribute without an underscore is also what a method gives, as it is."""
    project, (holder, _, attribute) = verdict.explorer.project, held_by.rpartition(".")
    if holder != "self" or attribute.startswith("_"):
        return False
    given = re.compile(rf"^[ \t]+return (?:str\()?self\.{re.escape(attribute)}\)?\s*$", re.MULTILINE)
    return any(
        given.search(region_text(project, func)) for _, func in methods_naming(project, owner, (attribute,))
    )


def _lasting(verdict: Verdict, diagnosis: Diagnosis) -> Iterator[Fact]:
    """Whether it is given to an object that is a cache or a log, which is there to stay."""
    if diagnosis.code not in _NEVER or is_test_code(verdict) or verdict.discharged("released", "managed"):
        return
    trail = trail_of(verdict.explorer.code, verdict.site.nodes)
    for index in way(verdict, diagnosis.leak):
        op = verdict.explorer.nodes[index].op
        last = trail.called.get(op.func, "").rpartition(".")[2] if isinstance(op, g.Call) else ""
        logs = (
            last in LOG_WRITERS and diagnosis.code == "TML101"
        )  # of what lies in a directory that stays says nothing
        stays = logs or (last[:1].isupper() and words_of(last) & LASTING_CLASSES)
        if stays and isinstance(op, g.Call) and trail.is_given(op):
            yield Confidence.LOW, f"a `{last}` is made of it, which may be meant to stay"
            return


def _deliberate(verdict: Verdict, diagnosis: Diagnosis) -> Iterator[Fact]:
    """Whether the docstring, or a comment beside the creation, says that it isn't deleted: then somebody wants that."""
    if diagnosis.code not in _NEVER or verdict.discharged("released", "managed"):
        return
    lines, span = verdict.explorer.module.source.lines, verdict.explorer.code.span
    body = "\n".join(lines[span.start.row - 1 : span.end.row])
    row = verdict.explorer.nodes[min(verdict.site.nodes)].span.start.row
    near = lines[max(row - _BESIDE, span.start.row) - 1 : row + _BELOW]
    documented = _DOCSTRING.search(body) if verdict.explorer.code.kind is not g.Kind.MODULE else None
    said = [documented[2] if documented is not None else "", *(line.partition("#")[2] for line in near)]
    if any(_STAYS.search(text) for text in said):
        yield Confidence.LOW, "the docstring, or a comment beside it, says that it isn't deleted"


def _swept(verdict: Verdict, diagnosis: Diagnosis) -> Iterator[Fact]:
    """Whether who comes next sweeps away what earlier runs have left: by a function that is named after that, and is
    called where the file is made or stands beside it."""
    module, name = verdict.explorer.module, verdict.explorer.code.qualname
    span = verdict.explorer.nodes[min(verdict.site.nodes)].span
    if (handed := verdict.site.handed) is not None and handed.created:
        module = verdict.explorer.project.module(handed.created[0].filename)
        name, span = handed.made_in, handed.created[0].span
    if (known := module.source.skeleton.defs.get(name)) is None:
        return
    text = region_text(verdict.explorer.project, Func(module.key, name))
    named = [name for name in names_called(text) if _sweeps(name)]
    call = "\n".join(module.source.lines[span.start.row - 1 : span.end.row])
    marks = set(_PREFIX.findall(call))
    for other in _sweepers(verdict.explorer.project, module) if marks and not named else ():
        # What looks through a folder for what has the same prefix, and deletes that.
        if other is not known:
            body = region_text(verdict.explorer.project, Func(module.key, other.qualname))
            if any(re.search(rf"\b{mark}\b", body) for mark in marks):
                named.append(other.name)
    if named:
        yield Confidence.LOW, f"`{named[0]}` sweeps away what earlier runs have left"


@question()
def _sweepers(project: Project, module: Module) -> tuple[DefOutline, ...]:
    """The functions of a module that are named after deleting what is old, in source order."""
    return tuple(each for each in module.source.skeleton.ordered_defs() if _sweeps(each.name))


def _sweeps(name: str) -> bool:
    """Whether a function is named after deleting what is old."""
    words = words_of(name)
    of_old = words & STALE_WORDS or (words & OLD_WORDS and words & SCRATCH_WORDS)
    return bool(words & (DELETING_WORDS | SWEEPING_WORDS) and of_old)


def _helper(verdict: Verdict) -> Value | None:
    """The function of the project that the creating call calls."""
    call = verdict.explorer.nodes[min(verdict.site.nodes)].op
    return target_of(statics_of_body(verdict), call.func) if isinstance(call, g.Call) else None


def _forgotten(verdict: Verdict, diagnosis: Diagnosis) -> Iterator[Fact]:
    """Whether the module gives it to who asks, and has a function to forget it: who calls that has deleted it."""
    name = diagnosis.leak.held_by
    if diagnosis.code != "TML108" or not name.isidentifier():
        return
    module, name_of_maker = verdict.explorer.module, verdict.explorer.code.qualname
    helper = _helper(verdict)
    if verdict.site.handed is not None and isinstance(helper, Func):
        module, name_of_maker = verdict.explorer.project.module(helper.module), helper.qualname
    others = (
        each for each in _forgetting(verdict.explorer.project, module, name) if each.qualname != name_of_maker
    )
    if (known := next(others, None)) is not None:
        yield Confidence.LOW, f"`{known.name}` forgets it: who calls that may have deleted it"


@question()
def _forgetting(project: Project, module: Module, name: str) -> tuple[DefOutline, ...]:
    """The functions of a module that set one of its variables to None."""
    forgets = re.compile(rf"^\s+{name}\s*=\s*None\b", re.MULTILINE)
    declares = re.compile(rf"\bglobal\b.*\b{name}\b")
    texts = ((known, module.def_text(known.qualname)) for known in defs_naming(project, module, (name,)))
    return tuple(known for known, text in texts if forgets.search(text) and declares.search(text))


def _from_helper(verdict: Verdict, diagnosis: Diagnosis) -> Iterator[Fact]:
    """Whether a helper of the project makes it: who else knows of it there, and whether it is made for this call, is
    followed only so far."""
    if verdict.site.handed is None:
        return
    yield Confidence.MEDIUM, "a helper makes it, and may have other plans for it"
    nodes = verdict.explorer.nodes
    if diagnosis.code == "TML203" and diagnosis.raised:
        yield (
            Confidence.LOW,
            "a helper makes it, and only an exception before somebody takes it over loses it",
        )
    if hangs_on_condition(verdict, diagnosis) and any(
        isinstance(nodes[index].op, g.Branch) for index in way(verdict, diagnosis.leak)
    ):
        yield (
            Confidence.LOW,
            "a helper makes it on some ways, and a condition deletes it: the two may go together",
        )


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
    closing = [func for name, func in project.methods(owner).items() if name in frameworks.ENDING]
    deletes = (says_delete(name) for func in closing for name in names_called(region_text(project, func)))
    if given and any(deletes):
        yield Confidence.LOW, "the base class has it, and the object deletes something when it is closed"


def _object_deletes(verdict: Verdict, diagnosis: Diagnosis) -> Iterator[Fact]:
    """Whether an object of the project's own that is made of the path has a method named after deleting, and that is
    called: what the object knows of the path isn't followed."""
    if diagnosis.code not in _NEVER | {"TML205"}:
        return
    code = verdict.explorer.code
    statics, trail = statics_of_body(verdict), trail_of(code, verdict.site.nodes)
    for node in code.nodes:
        method = statics.made.get(node.op.func) if isinstance(node.op, g.Call) else None
        if not isinstance(method, g.GetAttr) or not says_delete(method.attr):
            continue
        for each in statics.origins(method.obj):
            maker = (
                target_of(statics, each.func) if isinstance(each, g.Call) and trail.is_given(each) else None
            )
            if isinstance(maker, Func | Klass | Inst | Member):
                yield Confidence.LOW, "an object that is made of it is told to delete, and may delete it"
                return


def _told(verdict: Verdict, diagnosis: Diagnosis) -> Iterator[Fact]:
    """Whether the user is told where it is, and nothing in the body deletes it: then it may be meant for the user.
    Who runs tests wants nothing of what they say."""
    if diagnosis.code not in _NEVER or verdict.discharged("released", "managed"):
        return
    code = verdict.explorer.code
    holder, _, attribute = diagnosis.leak.held_by.rpartition(".")
    trail = trail_of(code, verdict.site.nodes, kept=frozenset({attribute} if holder == "self" else ()))
    if is_test_code(verdict) and not SHOWING_FILES.intersection(trail.called.values()):
        return
    statics = statics_of_body(verdict)

    def tells(call: g.Call) -> bool:
        target = target_of(statics, call.func)
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
    message = telling.returns_message() if verdict.escapes and not said else None
    if message is not None:
        yield Confidence.LOW, f"a message with its name is given on line {message}: it may be meant to stay"
    if others and not telling.ever_tells:
        return
    for leak in (diagnosis.leak, *others):
        row = telling.told_at(way(verdict, leak))
        if row is not None:
            yield Confidence.LOW, f"its name is told to the user on line {row}: it may be meant to stay"
            return


def _kept(verdict: Verdict, diagnosis: Diagnosis) -> Iterator[Fact]:
    """Whether a handler on the way says that the file is kept: then somebody wants that, where something went wrong.
    Where a condition keeps the deletion back, any way's handler may say what that is there for."""
    if is_test_code(verdict):
        return
    code = verdict.explorer.code
    telling = Telling(verdict.explorer.knowledge, code, trail_of(code, verdict.site.nodes), by_error=True)
    leaks = verdict.leaks if hangs_on_condition(verdict, diagnosis) else (diagnosis.leak,)
    rows = (telling.kept_at(way(verdict, leak)) for leak in leaks)
    row = next((row for row in rows if row is not None), None)
    if row is not None:
        yield Confidence.LOW, f"line {row} says that it is kept, as something went wrong"


def _place(verdict: Verdict, diagnosis: Diagnosis) -> Iterator[Fact]:
    """Whether it is made in a directory of which nothing but its name is known."""
    if diagnosis.leak.end.state.file.parents:
        return
    mine = diagnosis.code in _NOTHING_DELETES or _is_lost_early(verdict, diagnosis)
    if mine and _caller_names_it(verdict, diagnosis):
        yield Confidence.LOW, "it is made in a directory that the caller names, who may empty it as a whole"
    if _else_managed(verdict, diagnosis):
        yield (
            Confidence.LOW,
            "it is made in a directory that the caller names, or else in one that is cleaned up",
        )
    text = _directory(verdict)
    if diagnosis.code in _NOTHING_DELETES and words_of(text) & PRODUCT_WORDS and not is_test_code(verdict):
        yield Confidence.LOW, f"it is made in `{text}`, which is called after what somebody asked for"
    if _SOMEBODYS.search(text) and not _is_defined(verdict, text):
        yield Confidence.LOW, f"it is made in `{text}`, which may be emptied as a whole"


def _is_lost_early(verdict: Verdict, diagnosis: Diagnosis) -> bool:
    """Whether an exception loses it before somebody takes it over, where nothing is tidied up after one."""
    if diagnosis.code != "TML203" or not diagnosis.leak.end.raised or diagnosis.cause is None:
        return False
    return all(place.kind != "try" for place in verdict.explorer.nodes[diagnosis.cause].places())


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
        place == symbols.Param(code.qualname, param.name) and not param.has_default for param in code.params
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
    if isinstance(call, g.Call) and isinstance(helper := _helper(verdict), Func):
        return _given_to_helper(verdict, call, helper) if site.handed is not None else ""
    if site.row is None or not isinstance(call, g.Call):
        return ""
    at = site.row.dir_position
    given = [a.value for a in call.args if a.keyword == "dir"]
    if at is not None and len(call.args) > at and all(a.keyword is None for a in call.args[: at + 1]):
        given.append(call.args[at].value)
    return _first_outside(verdict, given)


def _given_to_helper(verdict: Verdict, call: g.Call, helper: Func) -> str:
    """What a helper is given as the directory to make the file in, as `_directory` tells it."""
    named = verdict.site.handed.inside if verdict.site.handed is not None else ""
    code = verdict.explorer.project.code(helper)
    params = [param.name for param in code.params[helper.bound is not None :]] if code is not None else []
    if named not in params:
        return ""
    at = params.index(named)
    given = [a.value for a in call.args if a.keyword == named]
    given += [a.value for a in call.args if a.keyword is None][at : at + 1]
    return _first_outside(verdict, given)


def _first_outside(verdict: Verdict, temps: Sequence[int]) -> str:
    """The text of the first of these that comes from outside the body, "" for none."""
    return next((text for temp in temps if (text := outside_text(statics_of_body(verdict), temp))), "")


FACTS: tuple[Callable[[Verdict, Diagnosis], Iterator[Fact]], ...] = (
    _owner, _lasting, _deliberate, _swept, _forgotten, _from_helper, _decorated, _base_has_it, _object_deletes,
    _told, _kept, _place,
)  # fmt: skip


# What a directory is called that somebody else made for the time of a run.
_SOMEBODYS = re.compile(r"(?:te?mp|scratch|work|cache|job|staging|sandbox|build|compile)", re.IGNORECASE)
_BESIDE, _BELOW = 3, 5  # lines above and below a creation whose comments speak of it
_DOCSTRING = re.compile(
    r"""(?:\)(?:[ \t]*->[^:\n]{0,200})?|[\w\])]):[ \t]*(?:#.*)?\n[ \t]*[rRbB]?(\"{3}|'{3})(.*?)\1""",
    re.DOTALL,
)
_STAYS = re.compile(
    r"(?:left|kept|leaked|leave|keep)\W+(?:it\W+|them\W+)?(?:on purpose|deliberately|intentionally)"
    r"|(?:on purpose|deliberately|intentionally)\W+(?:left|kept|leaked|leave|keep|leak|not\b)"
    r"|(?:\bnot|n't|n\u2019t|\bnever)\W+(?:be\W+)?(?:\w+ly\W+)?(?:delete|remove|clean|purge|unlink)"
    r"|\bwithout\W+(?:deleting|removing)\W+(?:it|them)\b",
    re.IGNORECASE,
)
_PREFIX = re.compile(r"\b(?:prefix|suffix|dir)\s*=\s*(?:\w+\.)*([A-Za-z_]\w*)\s*[,)]")
_NOTHING_DELETES = frozenset({"TML101", "TML109"})
_NEVER = frozenset({"TML101", "TML105", "TML108", "TML109", "TML203"})
