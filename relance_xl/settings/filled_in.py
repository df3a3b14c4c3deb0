"""Writes values into relance.toml for who answers questions: comments, order and all else stay."""

from collections.abc import Mapping
from pathlib import Path

import tomlkit
from pydantic import ValidationError
from tomlkit.items import Table

from relance_xl.runtime.whole_file import write_whole
from relance_xl.settings.faults import told_fault
from relance_xl.settings.schema import SOURCE_FIELDS, CompanySettings, Settings, check_settings
from relance_xl.sources.files.encoding import decoded


def fill_in(path: Path, section: str, values: Mapping[str, str]) -> None:
    """Set texts of a section (`company`, `source`, `source.columns`) of a settings file that can be read.

    Raises SettingsError where the file would no longer be right, OSError; the file is then as it was.
    """
    document = tomlkit.parse(decoded(path.read_bytes()))
    table: tomlkit.TOMLDocument | Table = document
    for name in section.split("."):
        table = table.setdefault(name, tomlkit.table())
    for key, value in values.items():
        table[key] = value
    check_settings(document.unwrap(), path)
    # As bytes: a file with the line ends of Windows keeps them.
    write_whole(path, tomlkit.dumps(document).encode("utf-8"))


def company_fault(key: str, value: str) -> str:
    """Return in words what is wrong with a value of [company], "" where nothing is."""
    try:
        CompanySettings.model_validate({"name": "-", key: value})
    except ValidationError as error:
        details = (one for one in error.errors() if one["loc"] == (key,))
        return next((told_fault(one, Path(), Settings, SOURCE_FIELDS).problem for one in details), "")
    return ""
