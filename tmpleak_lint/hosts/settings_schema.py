"""The settings as a JSON Schema, in the form that SchemaStore keeps for tables of pyproject.toml.

In: the table of options. Out: `schema()`, what editors check `[tool.tmpleak-lint]` with and complete its keys from.
It is also the `validate_pyproject.tool_schema` plugin, which calls it with the name of the table.
Not handled: that a prefix of a code selects something; `selection.check_codes` does that at run time.
"""

from __future__ import annotations

from typing import Any

from tmpleak_lint.rules import SITE
from tmpleak_lint.settings import OPTIONS, TABLE, Option

DRAFT = "http://json-schema.org/draft-07/schema#"
ID = "https://json.schemastore.org/partial-tmpleak-lint.json"
PAGE = f"{SITE}reference/options.html"


def schema(_tool: str = "") -> dict[str, Any]:
    """The schema of the table, which takes no other key than those of the options."""
    return {
        "$schema": DRAFT,
        "$id": ID,
        "title": TABLE,
        "description": f"Settings of tmpleak-lint\n{PAGE}",
        "type": "object",
        "additionalProperties": False,
        "properties": {option.key: _property(option) for option in OPTIONS},
    }


def _property(option: Option) -> dict[str, Any]:
    text = f"{option.help[0].upper()}{option.help[1:]}\n{PAGE}#{option.key}"
    default = {} if option.default_text or option.default is None else {"default": _plain(option)}
    return {"description": text, **option.kind.schema, **default}


def _plain(option: Option) -> Any:
    """The default as JSON has it: an empty table of patterns is an object, other tuples are lists."""
    if not isinstance(option.default, tuple):
        return option.default
    return dict(option.default) if option.kind.schema["type"] == "object" else list(option.default)
