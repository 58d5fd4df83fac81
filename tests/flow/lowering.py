"""Source text to graph, for the tests of this folder."""

from __future__ import annotations

import textwrap

import libcst as cst

from tmpleak_lint.flow.build import build_body, build_function
from tmpleak_lint.flow.graph import Code, Kind
from tmpleak_lint.flow.positions import positions_of


def lower(source: str) -> Code:
    """The graph of the one def in source."""
    module = cst.parse_module(textwrap.dedent(source))
    (node,) = module.body
    assert isinstance(node, cst.FunctionDef)
    return build_function(node, node.name.value, positions_of(module))


def lower_module(source: str) -> Code:
    """The graph of a module's own statements."""
    module = cst.parse_module(textwrap.dedent(source))
    positions = positions_of(module)
    return build_body(module.body, "<module>", Kind.MODULE, positions(module), positions)
