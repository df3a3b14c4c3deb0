"""The command line as scripts and people meet it: exit codes, one object on stdout, two languages, no traceback."""

import json
import os
import subprocess
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.support.bench import DAY, Bench
from tests.support.in_process import run_here
from tests.support.places import LEVEL, LIST, NUMBER, POST
from tests.support.typical_letter import build_lonely_letter, build_typical_letter


def _call(
    *arguments: str, env: dict[str, str] | None = None, cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "relance_xl", *arguments],
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONUTF8": "1", **(env or {})},
        cwd=cwd,
        check=False,
        timeout=60,
    )


def test_help_answers_at_once_and_imports_nothing_heavy() -> None:
    """`--help` makes the user wait for libraries that it does not need."""
    code = (
        "import sys; sys.argv = ['relance-xl', '--help']\n"
        "from relance_xl.__main__ import main\n"
        "try: main()\nexcept SystemExit: pass\n"
        "heavy = {'openpyxl', 'lxml', 'pydantic', 'pypdf', 'docxtpl', 'babel', 'rich', 'jinja2', 'smtplib'}\n"
        "print('HEAVY', sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True)
    assert "HEAVY []" in done.stderr
    assert "export" in done.stdout


@pytest.mark.parametrize(("language", "word"), [("fr", "Dossier"), ("en", "folder")])
def test_help_speaks_the_language(language: str, word: str) -> None:
    """Help is not in the language asked for, click's own words included."""
    done = _call("--lang", language, "--help")
    assert word.casefold() in done.stdout.casefold()
    assert ("Show this message" in done.stdout) is (language == "en")


def test_wrong_usage_is_2() -> None:
    """A mistyped command or date does not give the usage exit code."""
    assert _call("exportt").returncode == 2
    assert _call("export", "--date", "24/11/2026").returncode == 2
    assert _call("send", "--only", "pigeon").returncode == 2
    assert _call("resolve", "X").returncode == 2


@pytest.mark.parametrize("option", ["-d", "--dossier", "--lang"])
def test_an_option_behind_the_command_is_told_its_place(option: str) -> None:
    """Who writes `check -d FOLDER` is told that there is no such option, though help shows it."""
    done = _call("check", option, "fr")
    assert done.returncode == 2
    assert f"relance-xl {option} … check" in done.stderr


def test_a_folder_that_is_no_dossier_is_3(tmp_path: Path) -> None:
    """A wrong folder gives a traceback, or makes files there."""
    for command in ("export", "check", "send", "history", "doctor"):
        done = _call("-d", str(tmp_path), command, "--json")
        assert done.returncode == 3
        json.loads(done.stdout)
        assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_init_never_overwrites(bench: Bench) -> None:
    """A second init destroys the user's settings or templates."""
    (bench.root / "modeles" / "simple.fr.txt").write_text("à moi", encoding="utf-8")
    (bench.root / "modeles" / "ferme.fr.txt").unlink()
    done = bench.json("init")
    assert done.data["made"] == ["modeles/ferme.fr.txt"]
    assert (bench.root / "modeles" / "simple.fr.txt").read_text(encoding="utf-8") == "à moi"


def test_the_dossier_may_come_from_the_environment(bench: Bench) -> None:
    """RELANCE_XL_DOSSIER is ignored."""
    done = _call("history", "--json", env={"RELANCE_XL_DOSSIER": str(bench.root)})
    assert (done.returncode, json.loads(done.stdout)) == (0, {"deliveries": []})


def test_json_is_one_object_and_nothing_else(exported: Bench) -> None:
    """A script that parses stdout finds progress or warnings in it."""
    exported.write(("FA2026-0296", "Par courrier", "x"))
    sent = exported.json("send", "--yes")
    assert set(sent.data) >= {"batch", "reminders", "counts"}
    (line,) = sent.reminders()
    assert {"invoice", "customer", "ordinal", "level", "channel", "outcome", "reason", "document"} <= set(line)
    assert (exported.root / line["document"]).is_file()
    assert "Traceback" not in sent.err


def test_no_answer_is_a_no(exported: Bench) -> None:
    """Without --yes and without an answer, something is sent."""
    exported.write(("FA2026-0296", "Par courrier", "x"))
    asked = exported.json("send")
    assert asked.data["counts"] == {"planned": 1}
    assert asked.data["batch"] is None
    assert not exported.journal.exists()


def test_a_dry_run_changes_nothing(exported: Bench) -> None:
    """A dry run leaves a trace: a batch, a journal, a changed workbook."""
    exported.write(("FA2026-0296", "Par courrier", "x"))
    before = {path: path.read_bytes() for path in exported.root.rglob("*") if path.is_file()}
    assert exported.json("send", "--dry-run", "--yes").data["counts"] == {"planned": 1}
    assert exported.json("check").data["counts"] == {"planned": 1}
    assert {path: path.read_bytes() for path in exported.root.rglob("*") if path.is_file()} == before


def test_only_one_channel_leaves_the_other_for_later(exported: Bench) -> None:
    """`--only` sends the other channel too, or the reminder's other delivery slips in later as a second one."""
    exported.write(("FA2026-0296", "Par courrier", "x"), ("FA2026-0229", "Par email", "x"))
    assert exported.json("send", "--yes", "--only", "post").data["counts"] == {"printed": 1}
    assert exported.json("send", "--yes", "--only", "email").data["counts"] == {"accepted": 1}


def test_a_locked_dossier_names_its_holder(exported: Bench) -> None:
    """Two operators at once are not kept apart, or the second is not told who the first is."""
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys, time; from datetime import datetime; from pathlib import Path\n"
            "from relance_xl.journal.lock import dossier_lock\n"
            "with dossier_lock(Path(sys.argv[1]), datetime(2026, 11, 24, 9)):\n"
            "    print('held', flush=True); time.sleep(60)",
            str(exported.root / ".relance"),
        ],
        stdout=subprocess.PIPE,
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline().strip() == b"held"
        exported.write(("FA2026-0296", "Par courrier", "x"))
        refused = exported.json("send", "--yes")
        assert refused.code == 5
        assert "24/11/2026 09:00" in refused.data["error"]
    finally:
        holder.kill()
        holder.wait()
    time.sleep(0.1)
    assert exported.json("send", "--yes").data["counts"] == {"printed": 1}


def _hold(bench: Bench, days: float, *, card: bool = True) -> None:
    """Let somebody on another computer have taken the dossier some days ago."""
    private = bench.root / ".relance"
    private.mkdir(exist_ok=True)
    since = datetime.now().astimezone() - timedelta(days=days)
    (private / "lock").write_text("4711\nposte-compta\n", encoding="utf-8")
    os.utime(private / "lock", (since.timestamp(), since.timestamp()))
    if card:
        holder = {"name": "claire", "host": "poste-compta", "since": since.isoformat(timespec="seconds")}
        (private / "lock.holder").write_text(json.dumps(holder), encoding="utf-8")


@pytest.mark.parametrize("card", [True, False])
@pytest.mark.parametrize("command", [("export",), ("send",), ("resolve", "FA/1/post", "sent")])
def test_a_lock_of_thirty_days_is_asked_about(exported: Bench, command: tuple[str, ...], card: bool) -> None:
    """The lock of a computer that was switched off last month blocks, and nobody is asked what would settle it."""
    _hold(exported, 30, card=card)
    for answer, code in (("\n", 5), ("o\n", 5)):
        asked = run_here(exported, *command, typed=answer)
        assert asked.code == code
        assert "poste-compta" in asked.err
        assert "--break-lock" in asked.err
    taken = run_here(exported, *command, typed="n\n")
    assert taken.code != 5
    assert not (exported.root / ".relance" / "lock").exists()


def test_nobody_is_asked_about_a_lock_where_nobody_sits(exported: Bench) -> None:
    """A script waits for an answer, or takes over from a computer that is at work."""
    _hold(exported, 30)
    for command, typed in (
        (("export",), None),
        (("export", "--json"), "n\n"),
        (("send", "--yes"), "n\n"),
        (("resolve", "FA/1/post", "sent"), None),
    ):
        refused = run_here(exported, *command, typed=typed)
        assert refused.code == 5
        assert "--break-lock" in refused.err
        assert "claire" in refused.err
    _hold(exported, 0.5)
    assert run_here(exported, "export", typed="n\n").code == 5
    assert run_here(exported, "export", "--break-lock").code == 0


def test_english_dossier(tmp_path: Path) -> None:
    """The workbook or the messages of an English dossier are not in English, or are not read back."""
    bench = Bench(tmp_path / "english")
    assert bench.run("--lang", "en", "init", "--sample").code == 0
    assert bench.run("export", "--tick", "post").code == 0
    from openpyxl import load_workbook

    book = load_workbook(bench.workbook)
    assert book.sheetnames[:5] == ["Reminders", "Customers", "Calls", "Dashboard", "History"]
    assert book.sheetnames[6] == "Invoice card"
    assert [book["Reminders"][f"{letter}5"].value for letter in (NUMBER, LEVEL, POST)] == [
        "Invoice no.",
        "Level",
        "By post",
    ]
    assert bench.json("check").data["counts"]["planned"] == 32
    french = bench.run("--lang", "fr", "check")
    assert "prévu" in french.out


def test_the_contracts_columns_in_order(exported: Bench) -> None:
    """A sheet or column that users and scripts rely on is missing, renamed or moved."""
    from openpyxl import load_workbook

    book = load_workbook(exported.workbook)
    titles = [cell.value for cell in book["Relances"][5]]
    assert titles == [
        "Réf.", "N° facture", "Client", "Échéance", "Retard (j)", "Créance", "Devise", "Dernier niveau",
        "Relance prévue le", "Niveau", "Par courrier", "Par email", "Par téléphone", "Envoi", "Suspension", "Jusqu'au",
        "Email", "Commentaire", "Prochaine relance", "Statut", "Document", "Code client", "Date facture", "Montant TTC",
        "Dernière relance", "Dernier commentaire", "Mode du client", "Coché avec tous",
    ]  # fmt: skip
    ledger = [cell.value for cell in book["Historique"][1]]
    assert set(ledger) >= {
        "Relance", "Lot", "Date", "N° facture", "Code client", "Client", "Niveau", "N°", "Mode", "Destinataire",
        "Créance", "Résultat", "Prochaine relance", "Commentaire", "Niveau proposé", "Par", "Document",
        "N° de suivi", "Reçu le",
    }  # fmt: skip
    assert {"Clients", "Fiche client", "Fiche facture"} <= set(book.sheetnames)
    assert {"relance_tous_courriers", "relance_tous_emails", "relance_tous_preferes"} <= set(book.defined_names)
    assert book["Relances"].column_dimensions["A"].hidden
    # Folded away, from the customer's code on.
    assert book["Relances"].column_dimensions[LIST["customer_code"]].hidden
    assert book["Relances"].freeze_panes == "D6"


def test_history_lists_by_invoice_and_customer(exported: Bench) -> None:
    """A reminder sent is not found again by its invoice or its customer."""
    exported.write(("FA2026-0296", "Par courrier", "x"), ("FA2026-0229", "Par email", "x"))
    assert exported.run("send", "--yes").code == 0
    by_invoice = exported.json("history", "--invoice", "FA2026-0296").data["deliveries"]
    assert [(line["invoice"], line["date"]) for line in by_invoice] == [("FA2026-0296", DAY)]
    assert (exported.root / by_invoice[0]["document"]).is_file()
    by_customer = exported.json("history", "--customer", "nordlog").data["deliveries"]
    assert [line["invoice"] for line in by_customer] == ["FA2026-0229"]


def test_doctor_tells_which_letters_go_together(exported: Bench) -> None:
    """Nobody is told why the letters of their own template take minutes, or what to change in Word."""
    build_lonely_letter(exported.root / "modeles" / "simple.fr.docx")
    build_typical_letter(exported.root / "modeles" / "ferme.fr.docx")
    told = [one for one in exported.json("doctor").data["findings"] if one["subject"] == "Modèles"]
    alone = [one for one in told if "simple.fr.docx" in one["detail"]]
    assert [("SEQ" in one["detail"], one["advice"].startswith("Dans Word"), one["ok"]) for one in alone] == [
        (True, True, True)
    ]
    assert [one["detail"] for one in told if "ferme.fr.docx" in one["detail"] and "ensemble" in one["detail"]]


def test_doctor_is_content_with_the_sample(exported: Bench) -> None:
    """The doctor finds fault with a healthy dossier, or stays silent about the parts it looks at."""
    found = exported.json("doctor")
    assert found.code == 0
    assert len(found.data["findings"]) >= 8


def test_an_old_list_is_warned_of(exported: Bench) -> None:
    """A list exported weeks ago chases paid invoices without a word."""
    warned = exported.json("export", day="2026-12-24")
    assert warned.code == 0
    assert any("2" in warning or "3" in warning for warning in warned.data["warnings"])


@pytest.mark.parametrize("tick", ["post", "email", "best"])
def test_export_ticks_what_is_due(bench: Bench, tick: str) -> None:
    """`export --tick` ticks a row that is not due, or leaves a due one out."""
    assert bench.run("export", "--tick", tick).code == 0
    rows = bench.rows()
    posted = {row["N° facture"] for row in rows if row["Par courrier"]}
    mailed = {row["N° facture"] for row in rows if row["Par email"]}
    without = {row["N° facture"] for row in rows if not row["Email"]}
    expected = {"post": (34, 0), "email": (0, 29), "best": (5, 29)}[tick]
    assert (len(posted), len(mailed)) == expected
    assert not mailed & without
    if tick == "best":
        assert posted <= without


_HEAVY = {"openpyxl", "docxtpl", "docx", "jinja2", "pikepdf", "pypdf", "pypdfium2", "imapclient", "imaplib", "smtplib",
          "babel"}  # fmt: skip


def test_check_loads_nothing_that_it_does_not_need(exported: Bench) -> None:
    """A check of a few unticked invoices takes a second, most of it for libraries that make letters and send emails."""
    assert "HEAVY []" in _loaded(exported, _HEAVY, "check")


@pytest.mark.parametrize("command", [["export"], ["send", "--yes"]], ids=["export", "send"])
def test_without_a_mailbox_nothing_of_it_is_loaded(exported: Bench, command: list[str]) -> None:
    """Who has set up no mailbox waits at each command for the library that speaks to one."""
    exported.write(("FA2026-0187", "Par email", "x"))
    assert "HEAVY []" in _loaded(exported, {"imapclient", "imaplib"}, *command)


def _loaded(bench: Bench, modules: set[str], *command: str) -> str:
    """Run a command; return what it prints as errors, and HEAVY with those of the modules that it loaded."""
    arguments = ["relance-xl", "-d", str(bench.root), *command, "--date", DAY]
    code = (
        f"import sys; sys.argv = {arguments!r}\n"
        "from relance_xl.__main__ import main\n"
        "try: main()\nexcept SystemExit: pass\n"
        f"print('HEAVY', sorted({modules} & set(sys.modules)), file=sys.stderr)"
    )
    return subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True).stderr
