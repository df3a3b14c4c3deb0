"""What worker threads say is said in the user's language."""

import sys
from pathlib import Path

import pytest

from relance_xl.letters.converting import convert_documents
from relance_xl.letters.libreoffice import LibreOffice
from relance_xl.runtime.language import current_language, set_language

_CONVERTER = """#!/bin/sh
while [ "$1" != --outdir ]; do shift; done
target="$2"; shift 2
for document in "$@"; do printf '%%PDF-1.4\\n%%%%EOF\\n' > "$target/$(basename "$document" .docx).pdf"; done
"""


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in for LibreOffice is a shell script")
def test_a_thread_speaks_the_language_of_its_run(tmp_path: Path) -> None:
    """Why a letter could not be made is said in French to whoever asked for English."""
    program = tmp_path / "soffice"
    program.write_text(_CONVERTER, encoding="utf-8")
    program.chmod(0o755)
    documents = [tmp_path / f"{name}.docx" for name in "ab"]
    for document in documents:
        document.write_bytes(b"")
    spoken: dict[str, str] = {}
    set_language("en")
    office = LibreOffice(program, 30, 2, 0)
    convert_documents(
        office,
        [[one] for one in documents],
        tmp_path / "made",
        lambda one, _pdf: spoken.update({one.stem: current_language()}),
    )
    assert spoken == {"a": "en", "b": "en"}
