"""What a picture says of its origin: day 0, the study and its state; and a note in the ledger."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mirocals_desktop import __version__
from mirocals_desktop.i18n import _
from mirocals_desktop.study.ledger import EXPORTED

if TYPE_CHECKING:
    from mirocals_desktop.progress import Report
    from mirocals_desktop.study.snapshot import Snapshot
    from mirocals_desktop.study.study import Study
    from mirocals_desktop.ui.session import Session


def day_title(snapshot: Snapshot) -> str:
    """What an axis of days counts: "Study day (0 = Date of randomisation)"."""
    origin = snapshot.protocol.variable(snapshot.options.origin)
    return _("Study day (0 = {origin})").format(origin=origin.label if origin else snapshot.options.origin)


def footnote(snapshot: Snapshot, notes: Sequence[str]) -> str:
    """What stands under a picture: the study, the state it is in, and how the numbers were made."""
    passport = _("{study} · audit entry {number}, {head} · MIROCALS Desktop {version}").format(
        study=snapshot.title, number=snapshot.entry, head=snapshot.head[:12], version=__version__
    )
    if snapshot.synthetic:
        passport += " · " + _("synthetic data")
    return passport + ("\n" + " ".join(notes) if notes else "")


def export_as_job(
    session: Session, path: Path, write: Callable[[], None], *, failed: Callable[[BaseException], None]
) -> None:
    """Write a file on the worker and tell the ledger; `write` touches no widget."""

    def work(study: Study, _report: Report) -> None:
        write()
        study.record(EXPORTED, details={"file": path.name})

    session.change(_("Exporting to {name}").format(name=path.name), work, failed=failed)


def record_export(session: Session, path: Path) -> None:
    """Tell the ledger that a file was made from the study."""
    session.change(
        _("Exporting to {name}").format(name=path.name),
        lambda study, _report: study.record(EXPORTED, details={"file": path.name}),
    )
