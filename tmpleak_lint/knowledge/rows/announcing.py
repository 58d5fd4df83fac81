"""What speaks to the user."""

from __future__ import annotations

from tmpleak_lint.knowledge.failures import DISK_FULL, TEST_FAILS
from tmpleak_lint.knowledge.model import Announces, Benign, Borrows, Reads, Tells, rows

ROWS = (
    *rows(
        "<any>.warn <any>.warning <any>.err <any>.error <any>.critical <any>.fatal <any>.exit_json <any>.exit "
        "<any>.set_output",
        Announces(),
    ),
    *rows("<any>.fail", Announces(), fails=(TEST_FAILS,)),
    *rows("<any>.print", Announces(goes_on=True, alone=True), Benign(), Tells()),
    *rows("<any>.echo <any>.secho", Announces(goes_on=True, alone=True), Tells()),
    *rows("<any>.info", Announces(goes_on=True, for_speakers=True)),
    *rows("<any>.write", Announces(goes_on=True, for_speakers=True), Borrows(), fails=(DISK_FULL,)),
    *rows("<any>.writelines", Announces(goes_on=True, for_speakers=True), Reads(), fails=(DISK_FULL,)),
    *rows(
        "<any>.status <any>.message <any>.notice <any>.success <any>.display "
        "<any>.rule <any>.output <any>.report <any>.announce <any>.note <any>.print_message",
        Announces(goes_on=True),
    ),
)
