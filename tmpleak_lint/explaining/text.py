"""The account of an obligation as text for a terminal or a pipe.

In: an `Account` and a `RenderContext` (its file names are those that may be shown). Out: text ending in a
newline. Source and messages go through `reporting.text.visible`: no character of theirs moves the cursor.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from tmpleak_lint.explaining.account import Account, Cause, Leaving, Outcome, Remedy, WayOut
from tmpleak_lint.explaining.symptoms import Symptom
from tmpleak_lint.logs import defused_line
from tmpleak_lint.model import Applicability
from tmpleak_lint.reporting import RenderContext
from tmpleak_lint.reporting.frame import Frame, without_steps
from tmpleak_lint.reporting.full import headline
from tmpleak_lint.reporting.paint import Paint, place
from tmpleak_lint.reporting.text import visible, width
from tmpleak_lint.rules import RULES

_LEAST_ROOM = 40
_WIDEST = 110  # longer lines are hard to read, however wide the terminal is
_MOST_ROWS = 6
_OUTCOMES = {
    Outcome.DELETED: ("help", "gone"),
    Outcome.MANAGED: ("help", "managed"),
    Outcome.HANDED_OVER: ("calm", "handed over"),
    Outcome.HELD: ("calm", "kept"),
    Outcome.LEFT_BEHIND: ("left", "LEFT BEHIND"),
}
_WORDS_OF = {
    ("descriptor", Outcome.DELETED): "closed",
    ("descriptor", Outcome.LEFT_BEHIND): "LEFT OPEN",
    ("handle", Outcome.LEFT_BEHIND): "left open",
}
_LABELS = max(len(word) for _, word in _OUTCOMES.values())
_APPLIED = {
    Applicability.SAFE: "applied by --fix",
    Applicability.UNSAFE: "applied by --fix --unsafe-fixes",
    Applicability.DISPLAY: "shown only: never applied",
}


def accounts_text(accounts: Sequence[Account], context: RenderContext) -> str:
    """The accounts of one place, one after the other."""
    return "\n".join(account_text(account, context) for account in accounts)


def account_text(account: Account, context: RenderContext) -> str:
    """One account."""
    return "".join(f"{line}\n" for line in _Writer(context).account(account))


class _Frame(Frame):
    """Leaves out less of the function than a report does."""

    __slots__ = ()
    lines_between = 12


class _Writer:
    """Writes the sections, each a bold headline and indented lines."""

    def __init__(self, context: RenderContext) -> None:
        self._context = context
        self._paint = Paint(context)
        self._width = min(context.width, _WIDEST)

    def account(self, account: Account) -> Iterator[str]:
        yield from self._head(account)
        if account.code and account.cause is not None and account.cause.failures:
            yield from self._cause(account.cause)
        if account.confidence is not None and account.reasons:
            yield from self._section(f"How sure it is: {account.confidence}")
            for reason in account.reasons:
                yield from self._words(f"{reason}.")
        if account.ways:
            yield from self._ways("Every way out", account.ways, account.obligation)
        if account.incomplete:
            yield from self._words("The function has more ways than are followed: some may be missing here.")
        if account.code:
            yield from self._section("What stays behind")
            yield from self._words(f"{account.stays}.")
            yield from self._symptoms(account.symptoms)
            if account.remedy is not None:
                yield from self._remedy(account.remedy, account.obligation)
            yield from self._silencers(account)
        yield from self._more(account)

    def _head(self, account: Account) -> Iterator[str]:
        paint = self._paint
        start = without_steps(account.filename, account.span, account.cell)
        code = ("code", account.code) if account.code else ("help", "ok")
        yield from headline(place(start, self._context, paint), code, account.message, self._context)
        if account.silenced:
            yield f"  {paint('note', account.silenced)}"
        steps = account.path or (start,)
        frame = _Frame(self._context, paint, steps)
        drawn = list(frame.draw(steps, (account.filename, account.cell, account.span.start.row)))
        yield from drawn
        if drawn:
            yield frame.close()
        if account.summary:
            yield from (f"  {line}" for line in self._wrapped(account.summary, "  "))

    def _cause(self, cause: Cause) -> Iterator[str]:
        yield from self._section(f"Why {_line_of(cause.row, cause.cell)} can raise")
        for line in self._wrapped(cause.text, "  "):
            yield f"  {self._paint('plain', line)}"
        for failure in cause.failures:
            yield from self._item(failure.kind, f"{failure.what}: {failure.raises}", "risky")
        if cause.more:
            yield from self._words(
                f"and {cause.more} more {'kind' if cause.more == 1 else 'kinds'} of failure"
            )
        if not cause.needed:
            yield from self._words(
                "The path above goes this way, but no failure is needed: it stays without one, too."
            )

    def _ways(self, title: str, ways: Sequence[WayOut], owed: str) -> Iterator[str]:
        yield from self._section(title)
        for way in ways:
            style, word = _OUTCOMES[way.outcome]
            word = _WORDS_OF.get((owed, way.outcome), word)
            where = f"`{way.text}` on {_line_of(way.row, way.cell)} " if way.text else ""
            yield from self._row(word, f"{_start(way)}: {where}{way.words}", style)

    def _symptoms(self, symptoms: Sequence[Symptom]) -> Iterator[str]:
        if not symptoms:
            return
        yield from self._section("Who will notice, and when")
        for symptom in symptoms:
            yield from self._bullet(symptom.sign, "message")
            yield from self._words(f"{symptom.who}; {symptom.when}", "    ")
            yield f"    {self._paint('note', f'look: {symptom.look}')}"

    def _remedy(self, remedy: Remedy, owed: str) -> Iterator[str]:
        yield from self._section("The fix")
        if remedy.fix is None:
            if remedy.hint:
                yield from self._words(f"{_capital(remedy.hint)}.")
            if remedy.refused:
                yield from self._words(f"No automatic fix: {remedy.refused}.")
            return
        yield from self._words(f"{_capital(remedy.fix.message)} ({_APPLIED[remedy.fix.applicability]}).")
        if remedy.fix.because:
            yield from self._words(f"Why it is not applied unasked: {remedy.fix.because}.")
        if remedy.fix.guarantees:
            yield from self._words(f"What it guarantees: {remedy.fix.guarantees}.")
        if remedy.diff:
            yield ""
        for line in remedy.diff.splitlines():
            style = {"+": "help", "-": "code", "@": "calm"}.get(line[:1], "plain")
            yield f"  {self._paint(style, defused_line(line))}".rstrip()
        if remedy.holds:
            leaks = any(way.outcome is Outcome.LEFT_BEHIND for way in remedy.holds)
            title = (
                "What the fixed function does"
                if leaks
                else "Why it holds: every way out of the fixed function"
            )
            yield from self._ways(title, remedy.holds, owed)

    def _silencers(self, account: Account) -> Iterator[str]:
        if not account.silencers:
            return
        yield from self._section("To silence it honestly")
        for silencer in account.silencers:
            yield f"  {self._paint('plain', silencer.text)}"
            yield from self._words(f"{silencer.honest}", "    ")

    def _more(self, account: Account) -> Iterator[str]:
        yield from self._section("More")
        if account.code:
            yield f"  tmpleak-lint explain {account.code}"
        if account.cell is None and account.ways and (not account.code or RULES[account.code].played):
            yield f"  tmpleak-lint simulate {visible(account.filename)}:{account.span.start.row}"
        if account.fingerprint:
            yield f"  {self._paint('note', f'fingerprint {account.fingerprint}')}"

    # Pieces

    def _section(self, title: str) -> Iterator[str]:
        yield ""
        yield self._paint("message", title)

    def _words(self, text: str, indent: str = "  ") -> Iterator[str]:
        for line in self._wrapped(_capital(text) if indent == "  " else text, indent):
            yield f"{indent}{line}"

    def _item(self, label: str, text: str, style: str) -> Iterator[str]:
        hanging = " " * 4
        first, *more = self._wrapped(f"{label}: {text}", hanging)
        head, rest = first[: width(label)], first[width(label) :]
        yield f"  {self._paint.raw(style, head)}{rest}"
        yield from (hanging + line for line in more)

    def _row(self, label: str, text: str, style: str) -> Iterator[str]:
        hanging = " " * (_LABELS + 4)
        first, *more = self._wrapped(text, hanging)
        yield f"  {self._paint.raw(style, label)}{' ' * (_LABELS - len(label))}  {first}"
        yield from (hanging + line for line in more)

    def _bullet(self, text: str, style: str) -> Iterator[str]:
        for line in self._wrapped(text, "  "):
            yield f"  {self._paint.raw(style, line)}"

    def _wrapped(self, text: str, indent: str) -> list[str]:
        room = max(self._width - len(indent), _LEAST_ROOM)
        return textwrap.wrap(visible(text), room, break_long_words=False, break_on_hyphens=False) or [""]


def _start(way: WayOut) -> str:
    """How a way out begins, in words."""
    if way.leaving is Leaving.ENDS and way.row and way.outcome in (Outcome.MANAGED, Outcome.HANDED_OVER):
        return f"every way from {_line_of(way.row, way.cell)} on"
    if way.leaving is Leaving.ENDS or not way.rows:
        return "at the end"
    if way.cells and len(set(way.cells)) > 1:
        rows = [f"cell {cell} line {row}" for row, cell in zip(way.rows, way.cells, strict=True)][:_MOST_ROWS]
        said = ""
    else:
        rows = [str(row) for row in way.rows[:_MOST_ROWS]]
        said = f"cell {way.cells[0]} " if way.cells else ""
        said += f"line{'' if len(way.rows) == 1 else 's'} "
    if len(way.rows) > _MOST_ROWS:
        rows.append(f"{len(way.rows) - _MOST_ROWS} more")
    listed = rows[0] if len(rows) == 1 else f"{', '.join(rows[:-1])} or {rows[-1]}"
    lines = f"{said}{listed}"
    if way.leaving is Leaving.RETURNS:
        return f"out by {lines}" + (f" (`{way.texts[0]}`)" if len(way.rows) == 1 else "")
    return f"{lines} raises" if len(way.rows) == 1 else f"{lines} raise"


def _line_of(row: int, cell: int | None) -> str:
    return f"line {row}" if cell is None else f"cell {cell} line {row}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
