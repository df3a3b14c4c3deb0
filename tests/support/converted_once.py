"""Documents that LibreOffice has laid out in this run of the tests are not laid out again: it takes a second each time.

Letters of two tests differ in nothing but their seals, which are made anew each time: these are put into the PDF that came
out of the same document before. Only where the tests are about something else than the laying out.
"""

import hashlib
import os
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

from pikepdf import Dictionary, Name, Pdf

from relance_xl.letters import layout
from relance_xl.letters.converting import Finished, convert_documents
from relance_xl.letters.libreoffice import LibreOffice, find_libreoffice

_SEAL = re.compile(rb"relance[0-9a-f]{16}")
Convert = Callable[[LibreOffice, Iterable[Sequence[Path]], Path, Finished], None]


@contextmanager
def converting_once(folder: Path) -> Iterator[None]:
    """Lay each document out once while the block runs; `folder` keeps the PDFs, also for other workers."""
    with patch.object(layout, "convert_documents", converter(folder)):
        yield


def converter(folder: Path) -> Convert:
    """Return what converts documents, each once; `folder` keeps the PDFs."""
    folder.mkdir(parents=True, exist_ok=True)
    program = find_libreoffice()

    def convert(office: LibreOffice, calls: Iterable[Sequence[Path]], target: Path, finished: Finished) -> None:
        if office.program != program:
            # A stand-in, which is what the test is about.
            convert_documents(office, calls, target, finished)
            return
        target.mkdir(parents=True, exist_ok=True)
        unknown = []
        for call in calls:
            left = [document for document in call if not _is_known(folder, office, document, target, finished)]
            if left:
                unknown.append(left)

        def keep(document: Path, pdf: Path) -> None:
            _keep(folder, office, document, pdf)
            finished(document, pdf)

        convert_documents(office, unknown, target, keep)

    return convert


def _is_known(folder: Path, office: LibreOffice, document: Path, target: Path, finished: Finished) -> bool:
    digest, seals = _looked_at(office, document)
    kept = folder / f"{digest}.pdf"
    if not kept.exists():
        return False
    pdf = target / f"{document.stem}.pdf"
    with Pdf.open(kept) as known:
        before = (folder / f"{digest}.seals").read_text(encoding="ascii").split()
        new = dict(zip(before, seals, strict=True))
        places = known.Root.get(Name.Dests, Dictionary())
        known.Root.Dests = Dictionary(
            {
                _SEAL.sub(lambda found: new[found[0].decode()].encode(), name.encode()).decode(): place
                for name, place in places.items()
            }
        )
        known.save(pdf)
    finished(document, pdf)
    return True


def _keep(folder: Path, office: LibreOffice, document: Path, pdf: Path) -> None:
    digest, seals = _looked_at(office, document)
    # Another worker may keep the same: whichever comes last is as good. The PDF comes last: it says that all is there.
    for name, data in ((f"{digest}.seals", " ".join(seals).encode()), (f"{digest}.pdf", pdf.read_bytes())):
        fresh = folder / f"{name}.{os.getpid()}"
        fresh.write_bytes(data)
        fresh.replace(folder / name)


def _looked_at(office: LibreOffice, document: Path) -> tuple[str, list[str]]:
    """Return what tells a document from others, its seals aside, and its seals."""
    seals: dict[bytes, bytes] = {}
    sha = hashlib.sha256(repr((office.program, office.pdf_a)).encode())

    def plain(found: re.Match[bytes]) -> bytes:
        return seals.setdefault(found[0], b"seal%d" % len(seals))

    with zipfile.ZipFile(document) as archive:
        for name in sorted(archive.namelist()):
            sha.update(name.encode() + b"\0" + _SEAL.sub(plain, archive.read(name)) + b"\0")
    return sha.hexdigest(), [seal.decode() for seal in seals]
