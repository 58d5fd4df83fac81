"""The account of an obligation in a notebook: rows of its cells in place of those of the joined module.

In: an account, and the notebook that its module was joined from. Out: the same account, each row beside its cell.
"""

from __future__ import annotations

from dataclasses import replace

from tmpleak_lint.explaining.account import Account, Cause, Remedy, WayOut
from tmpleak_lint.model import Location, Span, Step
from tmpleak_lint.reading.notebooks import Notebook, origin_of, with_cells


def in_cells(account: Account, notebook: Notebook) -> Account:
    """The account of a place in a notebook."""
    cell, span = _spanned(account.span, notebook)
    remedy = account.remedy
    return replace(
        account,
        cell=cell,
        span=span,
        message=with_cells(account.message, notebook),
        stays=with_cells(account.stays, notebook),
        reasons=tuple(with_cells(reason, notebook) for reason in account.reasons),
        path=tuple(_step(step, notebook, account.filename) for step in account.path),
        ways=tuple(_way(way, notebook) for way in account.ways),
        cause=None if account.cause is None else _cause(account.cause, notebook),
        silencers=tuple(replace(one, honest=with_cells(one.honest, notebook)) for one in account.silencers),
        remedy=None if remedy is None else Remedy(None, refused=remedy.refused, hint=remedy.hint),
    )


def _spanned(span: Span, notebook: Notebook) -> tuple[int, Span]:
    (cell, start), (_, end) = origin_of(span.start, notebook), origin_of(span.end, notebook)
    return cell, Span(start, end)


def _step(step: Step, notebook: Notebook, filename: str) -> Step:
    if step.filename != filename:
        return step
    cell, span = _spanned(step.span, notebook)
    return replace(step, span=span, cell=cell, message=with_cells(step.message, notebook))


def _row(row: int, notebook: Notebook) -> tuple[int, int]:
    cell, place = origin_of(Location(row, 1), notebook)
    return cell, place.row


def _way(way: WayOut, notebook: Notebook) -> WayOut:
    places = [_row(row, notebook) for row in way.rows]
    cell, row = _row(way.row, notebook) if way.row else (None, 0)
    return replace(
        way,
        cells=tuple(cell for cell, _ in places),
        rows=tuple(row for _, row in places),
        cell=cell,
        row=row,
        words=with_cells(way.words, notebook),
    )


def _cause(cause: Cause, notebook: Notebook) -> Cause:
    cell, row = _row(cause.row, notebook)
    return replace(cause, cell=cell, row=row)
