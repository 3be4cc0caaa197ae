"""What tables say of their patients beside their columns: by names, headings, marks, looks and remarks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from mirocals_desktop.importing.coding import Codings
from mirocals_desktop.importing.coloured_rows import series_of_looks
from mirocals_desktop.importing.marked_arms import series_of_marks
from mirocals_desktop.importing.plan import TablePlan
from mirocals_desktop.importing.remarked_deaths import series_of_remarks
from mirocals_desktop.importing.section_arms import series_of_sections
from mirocals_desktop.importing.series import Series
from mirocals_desktop.importing.sheet_arms import series_of_table
from mirocals_desktop.importing.whose import Whose
from mirocals_desktop.protocol import codes
from mirocals_desktop.protocol.model import Protocol


def series_of_tables(
    tables: Sequence[TablePlan], whose: Whose, codings: Codings, protocol: Protocol, this_year: int
) -> Iterable[Series]:
    """The arms, sites and outcomes that no column of their own tells, as somebody has confirmed them."""
    arm, site = protocol.variable(codes.ARM), protocol.variable(codes.SITE)
    status = protocol.variable(codes.VITAL_STATUS)
    for table in tables:
        if table.used and table.arm and arm is not None:
            yield series_of_table(table, whose, codings.finished(arm), table.arm)
        if table.used and table.section_arms and arm is not None:
            yield from series_of_sections(table, whose, codings.finished(arm))
        if table.used and table.arm_marks and arm is not None:
            yield from series_of_marks(table, whose, codings.finished(arm))
        if table.used and table.dead_look and status is not None:
            yield from series_of_looks(table, whose, status)
        if table.used and table.dead_remarks:
            yield from series_of_remarks(table, whose, protocol, this_year)
        if table.used and table.site and site is not None:
            yield series_of_table(table, whose, site, table.site)
