"""The invoice behind the letter: found by its pattern, checked before anything is made of it."""

import hashlib
import io
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from relance_xl.core.reason import Hold, Reason
from relance_xl.runtime.language import _
from relance_xl.runtime.system_faults import cause_words

#: An invoice is a few pages; what is larger (bytes) is a mistake that no mailbox takes.
MAX_SIZE = 25_000_000

# Characters that file names cannot hold on some system; software that exports invoices puts one of these instead.
_FORBIDDEN = frozenset('/\\:*?"<>|')
_REPLACEMENTS = ("_", "-", "")


@dataclass(frozen=True, slots=True)
class InvoicePdf:
    """An invoice's file, read once: what was checked is what is printed. `digest`: the SHA-256 of its bytes."""

    path: Path
    data: bytes
    digest: str


def invoice_path(root: Path, pattern: str, number: str, customer: str) -> Path | Hold:
    """Return where an invoice's PDF is, by a pattern such as `factures/{number}.pdf`, or why it is held.

    What the pattern fixes before its first brace may lie anywhere; number and customer cannot leave that folder.
    """
    base = fixed_folder(root, pattern)
    candidates = []
    for spelt in spelt_paths(pattern, number, customer):
        path = root / spelt
        if "\0" in str(path) or not path.resolve().is_relative_to(base):
            return Hold(Reason.INVOICE_OUTSIDE, number)
        candidates.append(path)
    found = next((path for path in candidates if _is_file(path)), None)
    return found or missing_invoice(root, root / usual_path([str(one) for one in candidates]))


def fixed_folder(root: Path, pattern: str) -> Path:
    """Return the folder that a pattern fixes before its first brace: no invoice's number leads out of it."""
    fixed = pattern.split("{", maxsplit=1)[0]
    return (root / (fixed if fixed.endswith("/") else fixed.rpartition("/")[0])).resolve()


def spelt_paths(pattern: str, number: str, customer: str) -> list[str]:
    """Return an invoice's path by its pattern, and as file systems that lack some characters may spell it."""
    return [pattern.format(number=spelt, customer=customer) for spelt in _spellings(number)]


def usual_path(spelt: list[str]) -> str:
    """Return where a missing PDF is best put: by its number, with a dash for what file names cannot hold."""
    return spelt[1 + _REPLACEMENTS.index("-")] if len(spelt) > len(_REPLACEMENTS) else spelt[0]


def missing_invoice(root: Path, path: Path) -> Hold:
    """Return the hold of an invoice that is not where it should be."""
    return Hold(Reason.INVOICE_MISSING, path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path))


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:
        # A name longer than any file's, for example.
        return False


def _spellings(name: str) -> list[str]:
    """Return a name as it is, and as file systems without / and : spell it."""
    spelt = [name]
    if not _FORBIDDEN.intersection(name):
        return spelt
    for replacement in _REPLACEMENTS:
        other = "".join(replacement if char in _FORBIDDEN else char for char in name)
        if other not in spelt:
            spelt.append(other)
    return spelt


def read_invoice(path: Path, proven: Collection[str] = ()) -> InvoicePdf | Hold:
    """Read an invoice's PDF and every page of it, or say why it is held.

    `proven`: digests of files whose pages were read before.
    """
    try:
        if path.stat().st_size > MAX_SIZE:
            return _unreadable(path, _("larger than {limit} MB").format(limit=MAX_SIZE // 1_000_000))
        data = path.read_bytes()
    except OSError as error:
        return _unreadable(path, cause_words(error))
    invoice = InvoicePdf(path, data, hashlib.sha256(data).hexdigest())
    return invoice if invoice.digest in proven else _proved(invoice)


def _proved(invoice: InvoicePdf) -> InvoicePdf | Hold:
    """Return the invoice if every page of it can be read, else why it is held."""
    from pikepdf import PasswordError, PdfError

    path, data = invoice.path, invoice.data
    if not data:
        return _unreadable(path, _("the file is empty"))
    # The mark may stand a little into the file (ISO 32000-1, annex H.3, note 13).
    if b"%PDF-" not in data[:1024]:
        return _unreadable(path, _("it is not a PDF"))
    try:
        shows_anything = _shows_anything(data)
    except PasswordError:
        return Hold(Reason.INVOICE_ENCRYPTED, path.name)
    except (
        PdfError,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        IndexError,
        RecursionError,
        OSError,
        NotImplementedError,
        AssertionError,
    ):
        return _unreadable(path, _("it is damaged"))
    # A file cut short still opens, with pages that lost their content.
    return invoice if shows_anything else _unreadable(path, _("its pages are empty"))


def _shows_anything(data: bytes) -> bool:
    """Whether any page has content, all of which can be decoded. Raises PasswordError, and whatever says of damage.

    qpdf passes over what it cannot read, with a warning at most: pages lose their content, or are lost. What is not read
    without one pypdf must read.
    """
    from pikepdf import Name, PasswordError, Pdf, PdfError

    from relance_xl.letters.pages.content_streams import check_contents

    try:
        with Pdf.open(io.BytesIO(data), attempt_recovery=False) as pdf:
            check_contents(pdf)
            shows_anything = any(page.obj.get(Name.Contents) is not None for page in pdf.pages)
            if not pdf.get_warnings():
                return shows_anything
    except PasswordError:
        raise
    except PdfError:
        pass
    return _shows_anything_to_pypdf(data)


def _shows_anything_to_pypdf(data: bytes) -> bool:
    from pikepdf import Array, Name, PasswordError, Pdf, Stream
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError
    from pypdf.generic import DictionaryObject

    from relance_xl.letters.pages.content_streams import check_contents

    try:
        reader = PdfReader(io.BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            raise PasswordError
        pages = [page.get_contents() for page in reader.pages]
        root = reader.root_object["/Pages"].get_object()
        told = root.get("/Count") if isinstance(root, DictionaryObject) else None
    except PyPdfError as error:
        raise ValueError from error
    with Pdf.open(io.BytesIO(data)) as pdf:
        check_contents(pdf)
        # As it will be joined: with all the pages that it says it has (qpdf counts anew), and what stands on each.
        joined = [page.obj.get(Name.Contents) for page in pdf.pages]
        if len(joined) != told or not all(isinstance(one, Stream | Array) for one in joined):
            raise ValueError(len(joined))
    return any(page is not None for page in pages)


def _unreadable(path: Path, why: str) -> Hold:
    return Hold(Reason.INVOICE_UNREADABLE, f"{path.name} ({why})")
