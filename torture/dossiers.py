"""Dossiers with emails to send: invoices of one short page each, a letter that LibreOffice need not make again."""

import os
import shutil
import stat
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from tests.support.bench import Bench
from tests.support.mail_server import PASSWORD, USER
from tests.support.pdf_pages import one_page
from torture.mail_log import MailLog

_PLACEHOLDER = "port = 587"

# In LibreOffice's place: every letter becomes the one beside this script, with the seals that it was given.
_CONVERTER = """#!{python}
import re, sys, zipfile
from pathlib import Path
from pikepdf import Array, Dictionary, Name, Pdf
folder = Path(sys.argv[sys.argv.index("--outdir") + 1])
for letter in map(Path, sys.argv[sys.argv.index("--outdir") + 2 :]):
    body = zipfile.ZipFile(letter).read("word/document.xml").decode()
    with Pdf.open(Path(__file__).with_name("letter.pdf")) as page, Pdf.new() as made:
        places, sealed = Dictionary(), set()
        for name in re.findall('"(relance[0-9a-f]{{16}}x[0-9]+)"', body):
            seal = name.split("x")[0]
            if seal not in sealed:
                sealed.add(seal)
                first = len(made.pages)
                made.pages.extend(page.pages)
                places[Name("/" + seal + "x0")] = Array([made.pages[first].obj, Name("/Fit")])
            places[Name("/" + seal + "x1")] = Array([made.pages[-1].obj, Name("/Fit")])
        made.Root.Dests = places
        made.save(folder / (letter.stem + ".pdf"))
"""


@dataclass(frozen=True)
class Model:
    """A dossier with everything ticked and nothing sent, to be copied."""

    root: Path
    numbers: tuple[str, ...]

    @classmethod
    def make(cls, root: Path, count: int, letter: bytes) -> "Model":
        """Lay out a dossier of as many email reminders; every seventh customer has two addresses."""
        model = cls(root, tuple(f"FA-{number:04}" for number in range(1, count + 1)))
        bench = Bench(root)
        _expect_done(bench, "init", "--sample")
        shutil.rmtree(root / "factures")
        (root / "factures").mkdir()
        for number in model.numbers:
            (root / "factures" / f"{number}.pdf").write_bytes(one_page(f"Facture {number}"))
        header = (root / "impayes.csv").read_bytes().decode("cp1252").splitlines()[0]
        lines = [model._line(index) for index in range(1, count + 1)]
        (root / "impayes.csv").write_bytes("\r\n".join([header, *lines, ""]).encode("cp1252"))
        _put_converter(root / "convertisseur", letter)
        converter = root / "convertisseur" / "soffice"
        bench.setting("# libreoffice = ", f'libreoffice = "{converter.as_posix()}" # ')
        bench.send_by_smtp(_PLACEHOLDER, host="localhost", user=USER, timeout_s=10)
        _expect_done(bench, "export", "--tick", "email")
        return model

    @staticmethod
    def _line(index: int) -> str:
        addresses = [f"client{index}@example.com", *([f"copie{index}@example.com"] if index % 7 == 2 else [])]
        return (
            f"FA-{index:04};C{index:03};Client {index};1 rue A;69001;Lyon;;{','.join(addresses)};"
            f"01/10/2026;31/10/2026;{100 + index},00;{100 + index},00;EUR;fr;oui;non"
        )

    @cached_property
    def keys(self) -> frozenset[str]:
        """What is to be sent."""
        return frozenset(f"{number}/1/email" for number in self.numbers)

    def copy(self, root: Path, log: MailLog) -> "Mailing":
        """Return a fresh dossier that sends by a server."""
        shutil.copytree(self.root, root)
        bench = Bench(root)
        bench.setting(_PLACEHOLDER, f"port = {log.port}")
        return Mailing(bench, log, self.keys)


def _put_converter(folder: Path, letter: bytes) -> None:
    folder.mkdir()
    (folder / "letter.pdf").write_bytes(letter)
    script = folder / "soffice"
    script.write_text(_CONVERTER.format(python=sys.executable), encoding="utf-8")
    script.chmod(script.stat().st_mode | stat.S_IXUSR)


def _expect_done(bench: Bench, *command: str) -> None:
    done = bench.run(*command)
    if done.code:
        raise RuntimeError(f"{command[0]}: {done.out}{done.err}")


@dataclass(frozen=True)
class Mailing:
    """A dossier, its server's log, and the keys of what is to be sent."""

    bench: Bench
    log: MailLog
    keys: frozenset[str]

    @property
    def secrets(self) -> dict[str, str]:
        """What the program is told by its environment."""
        return {"SSL_CERT_FILE": str(self.log.authority), "RELANCE_XL_SMTP_PASSWORD": PASSWORD}

    @property
    def environment(self) -> dict[str, str]:
        """The whole environment of a run."""
        return {**os.environ, "PYTHONUTF8": "1", **self.secrets}
