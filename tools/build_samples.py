"""Write the sample dossier's source, invoices and company. Run from the root of the repository."""

import csv
import io
import json
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from pathlib import Path

from tools.invoice_pdf import draw
from tools.sample_company import COMPANY
from tools.sample_invoices import INVOICES, SampleInvoice

FOLDER = Path("samples")
TITLES = (
    *("Numéro", "Code client", "Client", "Adresse", "Code postal", "Ville", "Pays", "Email"),
    *("Date", "Échéance", "Montant TTC", "Reste à payer", "Devise", "Langue", "Professionnel", "Litige"),
)


def source_bytes() -> bytes:
    """Return the list of unpaid invoices, as French accounting software exports it."""
    written = io.StringIO(newline="")
    writer = csv.writer(written, delimiter=";", lineterminator="\r\n")
    writer.writerow(TITLES)
    writer.writerows(_row(invoice) for invoice in INVOICES)
    return written.getvalue().encode("cp1252")


def _row(invoice: SampleInvoice) -> tuple[str, ...]:
    customer = invoice.customer
    return (
        invoice.number,
        customer.code,
        customer.name,
        customer.address,
        customer.postal_code,
        customer.city,
        customer.country,
        customer.email,
        _say_date(invoice.issued),
        _say_date(invoice.due),
        # Such software is not consistent: one column groups the thousands, the other does not.
        f"{invoice.total:,.2f}".replace(",", " ").replace(".", ","),
        f"{invoice.open:.2f}".replace(".", ","),
        invoice.currency,
        customer.language,
        _say_yes(customer.professional),
        _say_yes(invoice.disputed),
    )


def _say_date(day: date) -> str:
    return f"{day:%d/%m/%Y}"


def _say_yes(is_so: bool) -> str:
    return "oui" if is_so else "non"


def company_table() -> str:
    """Return the settings' [company] table; JSON strings of this kind are TOML strings too."""
    lines = (f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in asdict(COMPANY).items())
    return "\n".join(["[company]", *lines, ""])


def write_invoices(folder: Path) -> None:
    """Write each invoice's PDF, and remove those of invoices that are gone."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.pdf"):
        old.unlink()
    for invoice in INVOICES:
        if not invoice.without_pdf:
            (folder / f"{invoice.number}.pdf").write_bytes(draw(invoice))


def main() -> None:
    """Write the sample dossier and say how much it holds."""
    write_invoices(FOLDER / "factures")
    (FOLDER / "impayes.csv").write_bytes(source_bytes())
    (FOLDER / "company.toml").write_text(company_table(), encoding="utf-8", newline="\n")
    owed = sum((invoice.open for invoice in INVOICES if invoice.currency == "EUR"), Decimal(0))
    print(f"{len(INVOICES)} invoices, EUR {owed:,.2f} open")


if __name__ == "__main__":
    main()
