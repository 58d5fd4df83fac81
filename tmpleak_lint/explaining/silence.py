"""How to silence a finding honestly: a comment, a setting, the baseline, and when each tells the truth."""

from __future__ import annotations

from dataclasses import dataclass

# What a true reason says, by the beginning of the code; the longest that fits.
_REASONS = {
    "TML": ("the reason, such as who deletes it", "somebody else does delete it, and the reason names who"),
    "TML3": ("the reason, such as who closes it", "somebody else does close it, and the reason names who"),
    "TML401": ("the reason", "a later close does no harm here, and the reason says why"),
    "TML402": ("the reason", "the process is short, or makes the file once"),
    "TML404": ("the reason", "this never runs on Windows"),
    "TML501": ("the reason", "nobody else can write to that directory, and the reason says why"),
    "TML900": ("the reason", "the file is broken on purpose, as test data is"),
}


@dataclass(frozen=True, slots=True)
class Silencer:
    """`text` is what to write or run, `honest` when that is right."""

    how: str
    text: str
    honest: str


def silencers(code: str, filename: str, row: int) -> tuple[Silencer, ...]:
    """The ways to silence a finding, the narrowest first."""
    reason, honest = _REASONS[max((start for start in _REASONS if code.startswith(start)), key=len)]
    return (
        Silencer("a comment", f"# noqa: {code} {reason}", f"on line {row}: {honest}"),
        Silencer(
            "per-file-ignores",
            f'per-file-ignores = {{ "{filename}" = ["{code}"] }}',
            "in [tool.tmpleak-lint]: the whole file is a script, and its machine is thrown away",
        ),
        Silencer(
            "a baseline",
            "tmpleak-lint --baseline tmpleak.json --update-baseline PATH...",
            "it is a fault and will be mended later: the list only shrinks",
        ),
    )
