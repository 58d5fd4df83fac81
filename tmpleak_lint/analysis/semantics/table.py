"""The walk with everything in it: which function carries out which operation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from tmpleak_lint.analysis.explore.explorer import Explorer, Transfer
from tmpleak_lint.analysis.semantics import (
    attributes,
    calls,
    conditions,
    containers,
    creating,
    deleting,
    files,
    functions,
    holding,
    leaving,
    loops,
    managers,
    names,
    texts,
    world,
)
from tmpleak_lint.flow import graph as g

TRANSFER: dict[type, Transfer] = {
    g.Const: names.on_const,
    g.Load: names.on_load,
    g.Store: names.on_store,
    g.Forget: names.on_forget,
    g.Move: names.on_move,
    g.GetAttr: attributes.on_get_attr,
    g.SetAttr: attributes.on_set_attr,
    g.GetItem: containers.on_get_item,
    g.SetItem: containers.on_set_item,
    g.Remove: attributes.on_remove,
    g.Build: containers.on_build,
    g.Add: containers.on_add,
    g.Text: texts.on_text,
    g.Binary: texts.on_binary,
    g.Compare: conditions.on_compare,
    g.Not: conditions.on_not,
    g.Unpack: containers.on_unpack,
    g.Call: calls.on_call,
    g.Branch: conditions.on_branch,
    g.Choice: conditions.on_choice,
    g.Iterate: loops.on_iterate,
    g.Next: loops.on_next,
    g.Enter: lambda explorer, *rest: explorer.enter(*rest),
    g.Leave: lambda explorer, *rest: explorer.leave(*rest),
    g.Raise: leaving.on_raise,
    g.Reraise: leaving.on_reraise,
    g.Caught: leaving.on_caught,
    g.Catches: leaving.on_catches,
    g.Await: leaving.on_await,
    g.Yield: leaving.on_yield,
    g.Return: leaving.on_jump,
    g.Jump: leaving.on_jump,
    g.MakeFunction: names.on_make_function,
    g.MakeClass: names.on_make_class,
    g.Import: names.on_import,
    g.Exit: leaving.on_exit,
}


class FullExplorer(Explorer):
    """A `Explorer` that knows every operation."""

    transfer: ClassVar[Mapping[type, Transfer]] = TRANSFER
    holds = holding.holds
    create = creating.create
    external = world.external
    invoke = calls.invoke
    opaque = functions.opaque
    attribute = attributes.attribute
    delete = deleting.delete
    move_away = deleting.move_away
    open_file = files.open_file
    file_method = files.file_method
    enter = managers.enter
    leave = managers.leave
