"""What a person sends from files is marked sent in one go; a preview shows the emails too."""

from tests.support.bench import DAY, Bench

NUMBER, OTHER = "FA2026-0187", "FA2026-0229"


def _outcomes(bench: Bench) -> dict[str, str]:
    return {row["N° facture"]: row["Résultat"] for row in bench.rows("Historique")}


def test_a_batchs_emails_are_marked_sent_in_one_go(exported: Bench) -> None:
    """Emails written to files stay "prepared" for ever, or letters are marked with them."""
    exported.write((NUMBER, "Par email", "x"), (OTHER, "Par email", "x"), ("FA2026-0267", "Par courrier", "x"))
    exported.json("send", "--yes")
    assert _outcomes(exported) == {NUMBER: "préparé", OTHER: "préparé", "FA2026-0267": "imprimé"}
    batch = f"{DAY}-001"
    report = exported.json("resolve", "--batch", batch, "sent", day=None)
    assert report.code == 0
    assert {key.partition("/")[0] for key in report.data["keys"]} == {NUMBER, OTHER}
    assert _outcomes(exported) == {NUMBER: "envoyé", OTHER: "envoyé", "FA2026-0267": "imprimé"}
    assert exported.row(NUMBER)["Statut"] == "email envoyé"
    again = exported.run("resolve", "--batch", batch, "sent", day=None)
    assert again.code == 2
    assert batch in again.err
    assert exported.run("resolve", "--batch", "2020-01-01-001", "sent", day=None).code == 2
    assert exported.run("resolve", "--batch", batch, day=None).code == 2
    assert exported.run("resolve", f"{NUMBER}/1/email", "--batch", batch, "sent", day=None).code == 2


def test_one_email_file_may_be_marked_too(exported: Bench) -> None:
    """Only a whole batch can be marked."""
    exported.write((NUMBER, "Par email", "x"))
    exported.json("send", "--yes")
    assert exported.json("resolve", f"{NUMBER}/1/email", "sent", day=None).code == 0
    assert _outcomes(exported) == {NUMBER: "envoyé"}


def test_a_preview_shows_the_emails(exported: Bench) -> None:
    """What an email says is seen only once it was sent."""
    exported.write((NUMBER, "Par email", "x"))
    report = exported.json("preview")
    page = exported.root / "apercu-emails.html"
    assert report.data["preview_emails"] == str(page)
    text = page.read_text(encoding="utf-8")
    for part in ("compta@dupont.example", f"Relance Imprimerie Morvaneau {NUMBER}.pdf", "Madame, Monsieur", NUMBER):
        assert part in text
    assert "<script" not in text
    assert "http" not in text
    exported.write((NUMBER, "Par email", None))
    exported.json("preview")
    assert not page.exists()


def test_a_letter_that_never_left_is_said_to_be_none(exported: Bench) -> None:
    """The row says that the letter is ready to print, and that it was not sent."""
    exported.write((NUMBER, "Par courrier", "x"))
    exported.json("send", "--yes")
    assert exported.json("resolve", f"{NUMBER}/1/post", "not-sent", day=None).code == 0
    assert "prêt" not in exported.row(NUMBER)["Statut"]
    assert "non envoyé" in exported.row(NUMBER)["Statut"]
