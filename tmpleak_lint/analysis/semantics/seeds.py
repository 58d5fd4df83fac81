"""The state that a body starts in: what its parameters hold when somebody calls it."""

from __future__ import annotations

from tmpleak_lint.analysis.domain import symbols
from tmpleak_lint.analysis.domain import values as v
from tmpleak_lint.analysis.domain.state import State
from tmpleak_lint.analysis.domain.values import Func, Inst, Ref, Role, Value
from tmpleak_lint.analysis.queries.callables import passed
from tmpleak_lint.analysis.queries.context import Context
from tmpleak_lint.analysis.queries.project import Module
from tmpleak_lint.analysis.queries.questions import question
from tmpleak_lint.analysis.queries.records import Body, Task
from tmpleak_lint.analysis.queries.sites import Obligation
from tmpleak_lint.analysis.queries.summaries import mode_of
from tmpleak_lint.analysis.queries.testing import is_filled, is_fixture
from tmpleak_lint.analysis.semantics.holding import settled
from tmpleak_lint.analysis.semantics.table import FullExplorer
from tmpleak_lint.flow.graph import Code


def seed_of(context: Context, body: Body) -> State:
    """The state a body starts in: its parameters as unknowns, `self` as an instance, a test's own
    directories."""
    module, code, owner = body
    state = State()
    given = passed(context.project, module, code) if owner is None else {}
    for position, param in enumerate(code.params):
        value: Value = symbols.Param(code.qualname, param.name)
        if (
            position == 0
            and owner is not None
            and "staticmethod" not in code.decorators
            and param.kind == "pos"
        ):
            value = (
                owner
                if "classmethod" in code.decorators or param.name in ("cls", "mcs")
                else Inst(owner, "self")
            )
        elif is_filled(module, code, param):
            value = Ref(v.MANAGED, Role.PATH)
        elif param.name in given:
            value = given[param.name]
        elif param.default_name:
            found = context.project.resolve_text(module, param.default_name)
            if isinstance(found, Func) or (
                isinstance(found, v.Dotted)
                and context.project.knowledge.deleted_position(found.name) is not None
            ):
                value = found
        else:
            value = fixture_value(context, module, code, param.name) or value
        state[param.name] = value
    return state


def fixture_value(context: Context, module: Module, code: Code, name: str) -> Value | None:
    """What a pytest fixture of the module gives to a test's (or another fixture's) parameter, if it is
    managed."""
    if not code.name.startswith("test") and not is_fixture(code.decorators):
        return None
    known = module.source.skeleton.defs.get(name)
    if known is None or not is_fixture(known.decorators):
        return None
    return _given_by_fixture(context, module, name)


@question(lambda module, name: None)
def _given_by_fixture(context: Context, module: Module, name: str) -> Value | None:
    code = context.project.code(Func(module.key, name))
    if code is None:
        return None
    body = Body(module, code, None)
    task = Task(body, context.sites_of(body), Obligation.NAME, mode=mode_of(code))
    explorer = FullExplorer(context, task, depth=1)
    result = explorer.run(seed_of(context, task.body))
    given: list[Value | None] = [*result.lent, *(end.state.result for end in result.ends)]
    return next((x for x in given if settled(x, State()) is not None), None)
