"""Calls: what is called decides who answers.

Comes in: a call operation with the values of its function and arguments. Goes out: the state afterwards,
further ways (it raises, it leaves several outcomes), or the end of the obligation. The order of the
questions is the order of certainty: does it create, does it release, is a releasing callable handed over,
can its body be walked, is it known to be benign or never to return; whatever is left borrows the file and
may raise.
"""

from __future__ import annotations

from tmpleak_lint.analysis.domain import values as v
from tmpleak_lint.analysis.domain.state import State, contents
from tmpleak_lint.analysis.domain.values import UNKNOWN, Value
from tmpleak_lint.analysis.explore.explorer import DEAD, Explorer
from tmpleak_lint.analysis.queries.context import Given
from tmpleak_lint.analysis.queries.records import Call
from tmpleak_lint.analysis.queries.sites import Site
from tmpleak_lint.analysis.semantics.containers import container_method
from tmpleak_lint.analysis.semantics.creating import given_this_time, is_parameter
from tmpleak_lint.analysis.semantics.deleting import note_use
from tmpleak_lint.analysis.semantics.functions import call_function, is_read
from tmpleak_lint.analysis.semantics.holding import elements, is_empty
from tmpleak_lint.analysis.semantics.methods import as_declared, method, method_of_global
from tmpleak_lint.analysis.semantics.objects import construct, copied
from tmpleak_lint.analysis.semantics.running import reached, runs_of
from tmpleak_lint.flow import graph as g
from tmpleak_lint.flow.graph import Node
from tmpleak_lint.knowledge.model import ANY, Copies, Moment


def on_call(explorer: Explorer, node: Node, op: g.Call, state: State) -> int:
    args: list[Value] = []
    keywords: list[tuple[str, Value]] = []
    for argument in op.args:
        value = state.get(argument.value, UNKNOWN)
        if argument.keyword is not None:
            keywords.append((argument.keyword, value))
        elif argument.star == "*":
            args += elements(value, state) or [UNKNOWN]
        elif argument.star == "**":
            keywords += [(str(k), i) for k, i in contents(value, state)]
        else:
            args.append(value)
    call = Call(node, op.dest, args=tuple(args), keywords=tuple(keywords))
    func = state.get(op.func, UNKNOWN)
    site = explorer.site_at.get(node.index)
    if site is not None and explorer.comes_to(node.index, state):
        return DEAD
    if site is not None and isinstance(func, v.OneOf) and site.option in func.options:
        for option in func.options:
            if option != site.option:
                _go_on(explorer, call, option, state.fork())
        func = site.option or func
    if (
        site is not None
        and not _is_of_no_account(explorer, call, site)
        and not _goes_round(explorer, call, func, state)
        and not _goes_through_nothing(explorer, call, func, site, state)
    ):
        made = reached(explorer, call, func, state)
        if _makes(explorer, func, site) and (
            site.handed is None
            or site.handed.cells
            or given_this_time(explorer, made, state) is not Given.NOTHING
        ):
            return explorer.create(made, site, state)
    if explorer.options.strict:
        note_use(explorer, call, func, state)
    return invoke(explorer, call, func, state)


def _is_of_no_account(explorer: Explorer, call: Call, site: Site) -> bool:
    """Whether a helper makes another file than the one that is followed, and nobody gets it: what it gives for these
    arguments needn't be found out. Of a coroutine that nobody waits for nothing runs."""
    handed = site.handed
    if handed is None or is_read(explorer, call.dest):
        return False
    return handed.coroutine or (site is not explorer.tracked and not handed.heap and not handed.cells)


def _goes_through_nothing(explorer: Explorer, call: Call, func: Value, site: Site, state: State) -> bool:
    """Whether a runner makes one file for each of something that is empty."""
    runs = runs_of(explorer, func) if site.moment is Moment.EACH else None
    return runs is not None and any(is_empty(each, state) for each in call.args[runs.at + 1 :])


def _goes_round(explorer: Explorer, call: Call, func: Value, state: State) -> bool:
    """Whether a body calls itself with the file: it may give that back, and not only one that it makes."""
    if not isinstance(func, v.Func) or not any(explorer.holds(value, state) for value in call.everything):
        return False
    code = explorer.project.code(func)
    return code is not None and explorer.is_inside(code)


def _makes(explorer: Explorer, func: Value, site: Site) -> bool:
    """Whether calling this makes the site's file, where the call may be one of something else."""
    if site.option is None or func == site.option or not isinstance(func, v.Dotted | v.Func | v.Klass):
        return True
    return isinstance(func, v.Dotted) and explorer.project.find(explorer.module, func.name) == site.option


def _go_on(explorer: Explorer, call: Call, func: Value, state: State) -> None:
    """Call a value, and go on after it by itself."""
    onward = invoke(explorer, call, func, state)
    if onward != DEAD:
        explorer.push(onward, state, call.node, "next")


def _variable(explorer: Explorer, dotted: str) -> v.Global | v.Member | None:
    """The variable of another module that a dotted name means, or an attribute of what such a one holds:
    `settings.conf.temp_files`."""
    found = explorer.project.find(explorer.module, dotted)
    if isinstance(found, v.Global):
        return found
    head, _, attr = dotted.rpartition(".")
    base = explorer.project.find(explorer.module, head) if found is None and head else None
    return v.Member(base, attr) if isinstance(base, v.Global) else None


def invoke(explorer: Explorer, call: Call, func: object, state: State) -> int:
    """Call a value."""
    match func:
        case v.Dotted(name=name):
            known = explorer.external(call.named(name), state)
            if known is not None:
                return known
            found = explorer.project.find(explorer.module, name)
            if isinstance(found, v.Func | v.Klass | v.Partial | v.OneOf) or (
                isinstance(found, v.Dotted) and found.name != name
            ):
                return invoke(explorer, call, found, state)
            head, _, attr = name.rpartition(".")
            holder = _variable(explorer, head) if found is None and head else None
            if holder is not None and any(explorer.holds(a, state) for a in call.everything):
                bound = method_of_global(explorer, holder, attr) if isinstance(holder, v.Global) else None
                if bound is not None:
                    return call_function(explorer, call, bound, state)
                kept = container_method(explorer, call.named(attr), holder, state)
                if kept is not None:
                    return kept  # a list or the like of another module
            copies = explorer.knowledge.effect(f"{ANY}.{attr or name}", Copies)
            copy = copied(explorer, call, copies, state) if copies is not None else None
            return copy if copy is not None else explorer.opaque(call.named(name), state)
        case v.Func():
            # What the user says of a function holds, also where its body can be read.
            declared = as_declared(explorer, call, func.qualname, state)
            if declared is not None:
                return declared
            return call_function(explorer, call, func, state)
        case v.Klass():
            return construct(explorer, call, func, state)
        case v.Inst(klass=klass) if (called := explorer.project.method(klass, "__call__")) is not None:
            return call_function(
                explorer, call, v.Func(called.module, called.qualname, called.code, func), state
            )
        case v.Partial(func=inner, args=first, keywords=given, kind="partial"):
            return invoke(
                explorer, call._replace(args=first + call.args, keywords=given + call.keywords), inner, state
            )
        case v.OneOf(options=options):
            told = tuple(each for each in options if not isinstance(each, v.Sym)) or options
            for option in told[1:]:
                _go_on(explorer, call, option, state.fork())
            return invoke(explorer, call, told[0], state)
        case v.Member(base=base, attr=attr):
            done = method(explorer, call.named(attr), base, state)
            if isinstance(done, int):
                return done
            return invoke(explorer, call, done, state)
    return explorer.opaque(call.named(v.text_of(func) if is_parameter(func) else ""), state)
