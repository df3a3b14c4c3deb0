"""The workbook as it is on the disk, and what to say where it is not there."""

from datetime import datetime

from relance_xl.runtime.errors import EditsError, Fault
from relance_xl.runtime.language import _
from relance_xl.settings.dossier import Dossier
from relance_xl.workbook.replacing import backups_of, real_place
from relance_xl.workbook.workbook import Workbook


def read_workbook(dossier: Dossier) -> Workbook | None:
    """Return the workbook as it is on the disk, None where there is none yet.

    Raises EditsError, also where a symbolic link in its place leads to nothing: a new one would not be the others'.
    """
    try:
        return Workbook.read(dossier.workbook)
    except FileNotFoundError as error:
        if dossier.workbook.is_symlink():
            raise EditsError(
                _("{file} is a link that leads to {target}, where there is no workbook.").format(
                    file=dossier.workbook.name, target=real_place(dossier.workbook)
                ),
                advice=_("Is the drive connected, or was the workbook moved? To do without it, delete the link."),
            ) from error
        return None


def put_back_text(dossier: Dossier) -> str:
    """Say that the workbook was put back as it was."""
    return _("An earlier command was stopped while it replaced {file}: it was put back as it was before.").format(
        file=dossier.workbook.name
    )


def lost_workbook(dossier: Dossier) -> Fault | None:
    """Return that the workbook, which is not there, was there before, and how to take it back; None of a new dossier."""
    backups = backups_of(dossier.workbook, dossier.backups)
    if not backups and not dossier.exported_mark.exists():
        return None
    if not backups:
        return Fault(
            _("{file} is not there any more, and there is no earlier copy of it.").format(file=dossier.workbook.name),
            advice=_("Was it moved or renamed? Put it back beside relance.toml under the name {file}.").format(
                file=dossier.workbook.name
            ),
        )
    moment = datetime.fromtimestamp(backups[-1].stat().st_mtime).strftime("%d/%m/%Y %H:%M")  # noqa: DTZ006 - as people see it
    return Fault(
        _("{file} is not there any more; its newest earlier copy is {backup}, of {moment}.").format(
            file=dossier.workbook.name, backup=dossier.relative(backups[-1]), moment=moment
        ),
        advice=_("Take it back: copy it beside relance.toml under the name {file}.").format(file=dossier.workbook.name),
    )
