"""What breaks the ECMA-376 schemas in a workbook or document: `schema_faults`.

The schemas are not ours to pass on and lie outside the repository: in a folder that RELANCE_XL_SCHEMAS names, else at
../shared/ooxml beside it. Where they are not there nothing is checked by them, and tests of nothing else are skipped.
"""

import hashlib
import importlib.util
import os
import re
import sys
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from functools import cache
from io import BytesIO, StringIO
from pathlib import Path
from types import ModuleType
from unittest.mock import patch

import pytest
from lxml import etree

_VARIABLE = "RELANCE_XL_SCHEMAS"
_BESIDE = Path(__file__).parents[3] / "shared" / "ooxml"
_VALIDATOR = Path(os.environ.get(_VARIABLE) or _BESIDE) / "validate.py"

# Names with their namespace in full, as the schemas' messages have them.
_CLARK = re.compile(r"\{[^{}]*\}")

# What the schemas of later editions allow: Calc writes it, and Excel takes it.
_ALLOWED_LATER = "'workbookPr', attribute 'dateCompatibility'"

#: For a test that checks by the schemas alone.
needs_schemas = pytest.mark.skipif(
    not _VALIDATOR.is_file(),
    reason=f"the ECMA-376 schemas are not here: {_VARIABLE} may name the folder that holds them and their validate.py",
)


@cache
def _validator() -> ModuleType | None:
    """Return the schemas' own program, as a module; None where it is not there."""
    if not _VALIDATOR.is_file():
        return None
    specification = importlib.util.spec_from_file_location("ooxml_validator", _VALIDATOR)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    # It is a program: it looks at the files it was called with, none here, says so and ends.
    with patch.object(sys, "argv", [str(_VALIDATOR)]), redirect_stdout(StringIO()), suppress(SystemExit):
        specification.loader.exec_module(module)
    return module


def schema_faults(path: Path) -> list[str]:
    """Return what breaks the schemas in a workbook or document, each with its part; empty where they are not there.

    Raises what reading a damaged file does, zipfile.BadZipFile, zlib.error or etree.XMLSyntaxError above all.
    """
    if _validator() is None:
        return []
    with zipfile.ZipFile(path) as package:
        names = package.namelist()
        twice = ["a part stands twice"] if len(names) != len(set(names)) else []
        return twice + [fault for name in dict.fromkeys(names) for fault in _part_faults(name, package.read(name))]


# By name and content: most parts of a workbook are those of the one before.
_known_parts: dict[tuple[str, bytes], list[str]] = {}


def _part_faults(name: str, data: bytes) -> list[str]:
    """Return what breaks the schemas in a part: it is looked at in a package of its own."""
    key = name, hashlib.sha256(data).digest()
    if key not in _known_parts:
        alone = BytesIO()
        with zipfile.ZipFile(alone, "w") as package:
            package.writestr(name, data)
        validator = _validator()
        found = validator.faults(alone) if validator else ()
        told = [f"{part}: {_CLARK.sub('', message)}" for part, _line, message in found]
        _known_parts[key] = [fault for fault in told if _ALLOWED_LATER not in fault]
    return _known_parts[key]


# By what a file holds: most tests begin with a copy of the same workbook.
_known: dict[bytes, set[str]] = {}


def _known_faults(workbook: Path) -> set[str]:
    """Return the faults of a workbook as it stands; none of a file that is missing, damaged or no workbook at all."""
    try:
        digest = hashlib.sha256(workbook.read_bytes()).digest()
        if digest not in _known:
            _known[digest] = set(schema_faults(workbook))
    except (OSError, EOFError, ValueError, RuntimeError, zipfile.BadZipFile, zlib.error, etree.XMLSyntaxError):
        return set()
    return _known[digest]


@contextmanager
def keeping_to_schemas(workbook: Path) -> Iterator[None]:
    """Let nothing be done to a workbook that breaks the schemas where it kept to them; fails the test that does."""
    before = _known_faults(workbook)
    yield
    assert sorted(_known_faults(workbook) - before) == []
