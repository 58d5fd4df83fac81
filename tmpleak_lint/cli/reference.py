"""The reference of options, as Markdown, for the documentation, made from the table of settings.

In: nothing. Out: `options_markdown()`, a section for each group and an entry for each option. What only a
flag can say (`--since`, `--output` ...) is in `tmpleak-lint check --help`.
"""

from __future__ import annotations

from tmpleak_lint.cli.parser import GROUPS
from tmpleak_lint.settings import OPTIONS, SWITCH, TABLE, Option, toml_value


def options_markdown() -> str:
    """Every option of `[tool.tmpleak-lint]`: key, flag, what it expects, its default, what it does."""
    parts = [f"Options of `[{TABLE}]` and of the command line.\n"]
    for group, title in GROUPS.items():
        parts.append(f"## {title}\n")
        parts += [_entry(option) for option in OPTIONS if option.group == group]
    return "\n".join(parts)


def _entry(option: Option) -> str:
    flag = f"--{option.key}" if option.kind is SWITCH else f"--{option.key} {option.kind.metavar}"
    negated = f", `--no-{option.key}`" if option.kind is SWITCH else ""
    default = option.default_text or ("not set" if option.default is None else f"`{toml_value(option)}`")
    return (
        f"### `{option.key}`\n\n"
        f"{option.help[0].upper()}{option.help[1:]}.\n\n"
        f"- In `pyproject.toml`: {option.kind.expects}\n"
        f"- As a flag: `{flag}`{negated}\n"
        f"- Default: {default}\n"
    )
