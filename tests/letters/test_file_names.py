"""Names of documents and attachments: every system takes them, no two are alike, each says what it is."""

import hashlib
from datetime import date
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest

from relance_xl.batches.folder import batch_named
from relance_xl.batches.print_file import make_print_files
from relance_xl.core.channel import Channel
from relance_xl.core.record import Prepared, Via
from relance_xl.core.texts.file_names import LONGEST, distinct_names, file_name, unused_name
from relance_xl.runtime.errors import RelanceError
from relance_xl.settings.dossier import open_dossier
from tests.support.bench import Bench


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("FA/2026:0187", "FA-2026-0187"), ("Facture n° 12 é", "Facture-n-12-e"), ("FA1...", "FA1"), ("  ", "document"),
        ("请求", "document"), ("CON", "document-CON"), ("nul.2026", "document-nul.2026"), ("COM1", "document-COM1"),
        ("CONTOSO", "CONTOSO"), ("lpt", "lpt"), ("..\\..\\x", "x"),
    ],
)  # fmt: skip
def test_a_name_is_one_that_every_system_takes(text: str, name: str) -> None:
    """A name that Windows keeps for devices, or with characters that mail programs lose, cannot be saved."""
    assert file_name(text) == name


def test_a_long_name_keeps_what_tells_it_apart() -> None:
    """Two long names that differ at their end become one, or no system can open what is saved under them."""
    one, other = (file_name(f"{'Société anonyme ' * 20}FA-{number}") for number in (1, 2))
    assert one != other
    assert one.endswith("FA-1")
    assert len(one) <= LONGEST
    taken: set[str] = set()
    names = [unused_name("x" * 300, taken) for _again in range(12)]
    assert len({name.casefold() for name in names}) == 12
    assert max(map(len, names)) <= LONGEST


@pytest.mark.parametrize(
    ("texts", "details", "names"),
    [
        (["lettre-1", "FA1", "FA2"], ["", "FA1", "FA2"], ["lettre-1", "FA1", "FA2"]),
        (["lettre-1", "facture", "Facture"], ["", "FA1", "FA2"], ["lettre-1", "facture-FA1", "Facture-FA2"]),
        (["lettre-1", "lettre-1"], ["", "FA1"], ["lettre-1", "lettre-1-FA1"]),
        (["lettre", "é", "e", "è"], ["", "A", "a", "À"], ["lettre", "e-A", "e-a-2", "e-A-3"]),
        (["lettre", "a-b", "a", "a"], ["", "1", "b", "c"], ["lettre", "a-b", "a-b-2", "a-c"]),
    ],
)
def test_no_two_names_are_alike(texts: list[str], details: list[str], names: list[str]) -> None:
    """Two attachments of one name: a mail program shows or saves only one of them."""
    assert distinct_names(texts, details) == names


def test_invoices_of_one_file_name_are_attached_under_names_of_their_own(bench: Bench) -> None:
    """Grouped, a mail carries `facture.pdf` three times: saved to a folder, one invoice is left."""
    bench.setting('grouping = "invoice"', 'grouping = "customer"')
    bench.setting('invoices = "factures/{number}.pdf"', 'invoices = "factures/{number}/facture.pdf"')
    for path in (bench.root / "factures").glob("*.pdf"):
        (path.parent / path.stem).mkdir()
        path.rename(path.parent / path.stem / "facture.pdf")
    assert bench.run("export").code == 0
    bench.write(*((number, "Par email", "x") for number in ("FA2026-0187", "FA2026-0267", "FA2026-0349")))
    assert bench.json("send", "--yes").code == 0
    (path,) = bench.root.glob("lots/*/emails/*.eml")
    message = message_from_bytes(path.read_bytes(), policy=default)
    names = [str(part.get_filename()) for part in message.iter_attachments()]
    assert names[1:] == [
        f"facture-{number}.pdf" for number in ("FA2026-0187", "FA2026-0267", "FA2026-0349", "AV2026-0021")
    ]
    assert names[0] == "Relance Imprimerie Morvaneau C001.pdf"


def test_a_document_exchanged_on_the_disk_is_not_printed(bench: Bench) -> None:
    """A program that writes into the batch's folder meanwhile gets its own pages into the file to print."""
    dossier = open_dossier(bench.root)
    batch = batch_named(dossier.batches, "2026-11-24-001")
    folder = batch.making / "relances"
    folder.mkdir(parents=True)
    invoice = next((bench.root / "factures").glob("FA*.pdf")).read_bytes()
    prepared = []
    for name in ("a", "b"):
        (folder / f"{name}.pdf").write_bytes(invoice)
        prepared.append(_posted(batch.folder / "relances" / f"{name}.pdf", hashlib.sha256(invoice).hexdigest()))
    assert make_print_files(batch.making, batch.id, prepared, dossier.settings) == 0
    (folder / "b.pdf").write_bytes(invoice + b"\n")
    with pytest.raises(RelanceError, match=r"b\.pdf"):
        make_print_files(batch.making, batch.id, prepared, dossier.settings)
    assert not (batch.making / "courriers.pdf").exists()


def _posted(document: Path, digest: str) -> Prepared:
    return Prepared(
        id="2026-11-24-001/0001", batch="2026-11-24-001", day=date(2026, 11, 24), channel=Channel.POST, level="simple",
        customer_code="C1", customer_name="Dupont", recipients=(), items=(), document=str(document), message="",
        digest=digest, operator="x", via=Via.PRINT,
    )  # fmt: skip
