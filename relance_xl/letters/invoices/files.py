"""The PDFs of a whole list of invoices: each folder is listed once, instead of asked several times an invoice."""

import os
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from relance_xl.core.reason import Hold, Reason
from relance_xl.letters.invoices.pdf import fixed_folder, invoice_path, missing_invoice, spelt_paths, usual_path

#: The names in a folder by what no file system takes for another; "" for what is no plain file, such as a link.
_Names = dict[str, str]


class InvoiceFiles:
    """Finds invoices' PDFs as invoice_path does, in the folders as they were when first asked for.

    For the many of a list: 50,000 take 0.2 s, where asking the system for each takes 3 s.
    """

    def __init__(self, root: Path, pattern: str) -> None:
        """`root`: the dossier; `pattern`: such as `factures/{number}.pdf`."""
        self._root = root
        self._pattern = pattern
        self._base = fixed_folder(root, pattern)
        # None: a folder that cannot be listed, or that leads elsewhere; there each invoice is asked for.
        self._folders: dict[str, _Names | None] = {}
        self._shown: dict[str, str] = {}
        self._by_size: dict[Path, dict[int, list[str]]] = {}

    def path(self, number: str, customer: str) -> Path | Hold:
        """Return where an invoice's PDF is, or why it is held."""
        found = None
        candidates = spelt_paths(self._pattern, number, customer)
        for candidate in candidates:
            folder, name = os.path.split(candidate)
            names = self._names(folder)
            kept = None if names is None else names.get(_folded(name))
            if names is None or kept not in {None, name} or name in {"", "."} or ".." in candidate or "\0" in name:
                return invoice_path(self._root, self._pattern, number, customer)
            found = found or (candidate if kept else None)
        return self._root / found if found else self._missing(usual_path(candidates))

    def stems(self) -> Iterator[str]:
        """Yield the names, without ending, of the PDFs in the folders looked at so far; those that may hold a number."""
        for names in self._folders.values():
            for name in (names or {}).values():
                stem, dot, ending = name.rpartition(".")
                if dot and ending.lower() == "pdf" and any(map(str.isdigit, stem)):
                    yield stem

    def beside(self, path: Path) -> Iterator[Path]:
        """Yield the other files of an invoice's folder that are as large, read or not: a copy of one may be among them."""
        size = path.stat().st_size
        for other in self._sizes(path.parent).get(size, ()):
            if other != path.name:
                yield path.with_name(other)

    def _sizes(self, folder: Path) -> dict[int, list[str]]:
        if folder not in self._by_size:
            sizes: dict[int, list[str]] = {}
            with suppress(OSError), os.scandir(folder) as entries:
                for entry in entries:
                    with suppress(OSError):
                        if entry.is_file() and entry.name.lower().endswith(".pdf"):
                            sizes.setdefault(entry.stat().st_size, []).append(entry.name)
            self._by_size[folder] = sizes
        return self._by_size[folder]

    def _missing(self, candidate: str) -> Hold:
        """Return what missing_invoice returns; the words for its folder, which take most of the time, once a folder."""
        folder, name = os.path.split(candidate)
        if folder not in self._shown:
            self._shown[folder] = missing_invoice(self._root, self._root / folder / "?").detail.removesuffix("?")
        return Hold(Reason.INVOICE_MISSING, self._shown[folder] + name)

    def _names(self, folder: str) -> _Names | None:
        if folder not in self._folders:
            self._folders[folder] = self._listed(folder)
        return self._folders[folder]

    def _listed(self, folder: str) -> _Names | None:
        if "\0" in folder or not (path := (self._root / folder).resolve()).is_relative_to(self._base):
            return None
        try:
            with os.scandir(path) as entries:
                return {
                    _folded(entry.name): entry.name if entry.is_file(follow_symlinks=False) else "" for entry in entries
                }
        except FileNotFoundError:
            return {}
        except OSError:
            return None


def _folded(name: str) -> str:
    """Return a name so that two that any file system takes for one file are alike."""
    return unicodedata.normalize("NFC", name.casefold()).rstrip(" .")
