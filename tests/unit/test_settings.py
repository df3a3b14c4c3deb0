"""relance.toml: what is shipped is right, and every fault of a user's own is named with its place at once."""

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relance_xl.core.remembered.customer_entry import Grouping
from relance_xl.runtime.errors import SettingsError
from relance_xl.runtime.language import LANGUAGES
from relance_xl.settings.schema import SOURCE_FIELDS, Settings, read_settings

ROOT = Path(__file__).parents[2]
LEVEL = '[[level]]\nid = "simple"\nlabel = "Relance"\nafter_days = 8\nnext_days = 12\n'
COMPANY = '[company]\nname = "Morvaneau"\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return an empty folder."""
    return tmp_path


def read(folder: Path, content: str | bytes) -> Settings:
    """Return the settings of a file with this content."""
    path = folder / "relance.toml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_settings(path)


def refused(folder: Path, content: str | bytes) -> SettingsError:
    """Return the error that a file gives."""
    with pytest.raises(SettingsError) as caught:
        read(folder, content)
    return caught.value


def faults(folder: Path, content: str) -> dict[str, str]:
    """Return the advice of each fault by the path of its key."""
    error = refused(folder, content)
    assert all(fault.problem for fault in error.faults)
    assert all(fault.where.startswith("relance.toml: ") for fault in error.faults)
    found = {fault.where.removeprefix("relance.toml: "): fault.advice for fault in error.faults}
    assert len(found) == len(error.faults)
    return found


def with_table(table: str, level: str = LEVEL, company: str = COMPANY) -> str:
    """Return the smallest settings with one more table."""
    return f"{company}\n{level}\n{table}\n"


# --- What is right


@pytest.mark.parametrize("language", LANGUAGES)
def test_shipped_settings_are_right(language: str) -> None:
    """A new dossier's settings are refused, or its three levels are not the ones described."""
    settings = read_settings(ROOT / "templates" / f"relance.{language}.toml")
    assert settings.language == language
    policy = settings.policy_rules()
    assert [level.id for level in policy.levels] == ["simple", "ferme", "mise_en_demeure"]
    assert [level.after_days for level in policy.levels] == sorted(level.after_days for level in policy.levels)
    assert (policy.grouping, policy.minimum) == (Grouping.CUSTOMER, Decimal("0.00"))
    assert [(level.tick_all, level.registered) for level in policy.levels] == [
        (True, False),
        (True, False),
        (False, True),
    ]
    assert all(set(level.labels) == set(LANGUAGES) for level in policy.levels)
    assert all(set(level.subject) == set(LANGUAGES) for level in settings.level)
    assert settings.mail.transport == "folder"
    assert settings.paths.invoices == "factures/{number}.pdf"


@pytest.mark.parametrize("language", LANGUAGES)
def test_keys_that_are_shipped_as_comments_are_right(folder: Path, language: str) -> None:
    """A user takes the mark off a line of the shipped settings, and it is refused."""
    lines = (ROOT / "templates" / f"relance.{language}.toml").read_text(encoding="utf-8").splitlines()
    keys = ("# host =", "# port =", "# security =", "# user =", "# per_minute =", "# libreoffice =", "# open_amount =")
    shown = [line for line in lines if line.startswith((*keys, "# [source.columns]"))]
    assert len(shown) == 8
    settings = read(folder, "\n".join(line.removeprefix("# ") if line in shown else line for line in lines))
    assert set(settings.source.columns) == {"open_amount"}
    assert settings.mail.host


def test_sample_company_is_right(folder: Path) -> None:
    """The sample company's numbers are refused, or not grouped as letters show them."""
    company = (ROOT / "samples" / "company.toml").read_text(encoding="utf-8")
    words = read(folder, company + LEVEL).company_words()
    assert words.iban == "FR76 9999 9000 0100 0123 4567 809"
    assert words.siren == "123 456 782"
    assert words.address_lines == ("Parc des Compositeurs, bâtiment C", "14 rue des Typographes")


def test_smallest_settings_have_the_described_defaults(folder: Path) -> None:
    """A key left out is not what the documentation says."""
    settings = read(folder, COMPANY + LEVEL)
    assert (settings.language, settings.source.file, settings.source.max_age_days) == ("fr", "impayes.csv", 7)
    assert (settings.policy.grouping, settings.policy.minimum) == (Grouping.INVOICE, Decimal("0.00"))
    assert (settings.mail.transport, settings.mail.security) == ("folder", "starttls")
    assert (settings.paths.workbook, settings.paths.batches) == ("relances.xlsx", "lots")
    assert settings.level[0].label == {"fr": "Relance", "en": "Relance"}


def test_file_with_byte_order_mark_is_read(folder: Path) -> None:
    """Settings saved by Windows' Notepad are refused."""
    assert read(folder, ("\ufeff" + COMPANY + LEVEL).replace("\n", "\r\n").encode()).company.name == "Morvaneau"


def test_separator_of_the_settings_is_kept(folder: Path) -> None:
    """A separator is lost, so the file is read by another one."""
    for written, meant in ((";", ";"), ("\\t", "\t"), ("|", "|"), ("", "")):
        assert read(folder, with_table(f'[source]\nseparator = "{written}"')).source.separator == meant


def test_negative_days_are_before_the_due_date(folder: Path) -> None:
    """A reminder before the due date cannot be set."""
    assert read(folder, COMPANY + LEVEL.replace("after_days = 8", "after_days = -5")).level[0].after_days == -5


# --- What is wrong


def test_every_fault_is_named_at_once(folder: Path) -> None:
    """The user corrects the settings one fault at a time, or is sent to the wrong key."""
    content = (
        'langue = "fr"\n'
        '[company]\nname = ""\nsiren = "123456789"\niban = "FR76"\nemail = "a@b.example;c@d.example"\nphone = 12\n'
        '[source]\nmax_age_days = "week"\nencoding = "klingon"\nseparator = ";;"\n[source.columns]\nopen_amout = "Solde"\n'
        '[policy]\ngrouping = "client"\nminimum = -1\n'
        '[[level]]\nid = "é"\nlabel = "A"\nafter_days = 8\nnext_days = 0\n'
        '[[level]]\nid = "b"\nlabel = { fr = "B", de = "B" }\nafter_days = 1.5\n'
        '[mail]\ntransport = "pigeon"\nport = 99999\nsender = "dupont"\n'
        "[letters]\nworkers = -1\n"
        '[paths]\nworkbook = "relances.ods"\ninvoices = "factures/facture.pdf"\n[extra]\nx = 1\n'
    )
    assert set(faults(folder, content)) == {
        "langue", "company.name", "company.siren", "company.iban", "company.email", "company.phone",
        "source.max_age_days", "source.encoding", "source.separator", "source.columns.open_amout",
        "policy.grouping", "policy.minimum",
        "level.1.id", "level.1.next_days", "level.2.label.de", "level.2.after_days", "level.2.next_days",
        "mail.transport", "mail.port", "mail.sender", "letters.workers",
        "paths.workbook", "paths.invoices", "extra",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("content", "place", "meant"),
    [
        ("langage = 'fr'\n" + COMPANY + LEVEL, "langage", "language"),
        (COMPANY + "[[levels]]\n" + LEVEL, "levels", "level"),
        (with_table("[polic]\n"), "polic", "policy"),
        (with_table('[source]\nfiles = "x.csv"'), "source.files", "file"),
        (with_table('[source.columns]\nopen_amout = "Solde"'), "source.columns.open_amout", "open_amount"),
        (with_table("", LEVEL + "nextdays = 3"), "level.1.nextdays", "next_days"),
        (with_table("", company=COMPANY + 'postalcode = "69007"'), "company.postalcode", "postal_code"),
        (with_table('[mail]\nreplyto = "a@b.example"'), "mail.replyto", "reply_to"),
        (with_table('[policy]\nminimun = "5.00"'), "policy.minimun", "minimum"),
    ],
)
def test_nearest_key_is_suggested(folder: Path, content: str, place: str, meant: str) -> None:
    """A mistyped key is accepted, or the key that was meant is not named."""
    found = faults(folder, content)
    assert list(found) == [place]
    assert meant in found[place].replace("\u00a0", " ").replace("?", " ").split()


def test_key_that_resembles_none_lists_what_is_known(folder: Path) -> None:
    """A foreign key leaves the user without the list of those that exist."""
    advice = faults(folder, with_table("[source]\nzzzzzz = 1"))["source.zzzzzz"]
    assert all(key in advice for key in ("file", "encoding", "separator", "max_age_days", "columns"))
    advice = faults(folder, with_table('[source.columns]\nzzzzzz = "x"'))["source.columns.zzzzzz"]
    assert all(key in advice for key in SOURCE_FIELDS)


def test_unknown_language_of_a_label_is_answered_by_languages(folder: Path) -> None:
    """A label in a language that does not exist is answered by a list of invoice fields."""
    level = LEVEL.replace('label = "Relance"', 'label = { fr = "Relance", de = "Mahnung" }')
    (advice,) = faults(folder, COMPANY + level).values()
    assert "open_amount" not in advice


SECRETS = (
    "password",
    "PASSWORD",
    "pass",
    "passwd",
    "passphrase",
    "mot_de_passe",
    "secret",
    "token",
    "api_key",
    "apikey",
)


@pytest.mark.parametrize("key", SECRETS)
def test_secret_is_refused_once_and_not_repeated(folder: Path, key: str) -> None:
    """A password may stand in a shared file, or the error shows it."""
    error = refused(folder, with_table(f'[mail]\n{key} = "hunter2"'))
    (fault,) = error.faults
    assert fault.where == f"relance.toml: mail.{key}"
    assert "RELANCE_XL_SMTP_PASSWORD" in fault.advice
    assert "hunter2" not in f"{error.summary}{error.advice}{fault}{fault.advice}"


@pytest.mark.parametrize(
    ("content", "place"),
    [
        ('password = "hunter2"\n' + COMPANY + LEVEL, "password"),
        (with_table('[mail.server]\ntoken = "hunter2"'), "mail.server.token"),
        (with_table("", LEVEL + 'password = "hunter2"'), "level.1.password"),
        (with_table('[mail.password]\nvalue = "hunter2"'), "mail.password"),
    ],
)
def test_secret_is_found_wherever_it_is(folder: Path, content: str, place: str) -> None:
    """A secret in a level or a table of its own is refused without a word on where it is, or not at all."""
    assert place in faults(folder, content)


@pytest.mark.parametrize(
    ("key", "good", "bad"),
    [
        ("iban", "FR76 3000 6000 0112 3456 7890 189", "FR76 3000 6000 0112 3456 7890 188"),
        ("iban", "DE89370400440532013000", "DE89370400440532013001"),
        ("siren", "732 829 320", "732 829 321"),
        ("siren", "732829320", "73282932"),
        ("vat", "FR 44732829320", "FR 45732829320"),
        ("vat", "BE0403019261", "BE0403019262"),
        ("bic", "AGRIFRPP", "AGRIFRP"),
        ("bic", "AGRIFRPP882", "AGRI FRPP 88"),
    ],
)
def test_mistyped_company_number_is_refused(folder: Path, key: str, good: str, bad: str) -> None:
    """Customers pay into a mistyped account, or a right number is refused."""
    assert getattr(read(folder, f'{COMPANY}{key} = "{good}"\n{LEVEL}').company, key) == good
    assert list(faults(folder, f'{COMPANY}{key} = "{bad}"\n{LEVEL}')) == [f"company.{key}"]


def test_a_bic_of_a_wrong_length_is_not_said_to_have_check_digits(folder: Path) -> None:
    """The user looks for a mistyped digit in a BIC that has two letters too many."""
    told = {}
    for key, bad in (("bic", "AGRIFRPPXX"), ("bic", "AGR1FRPP"), ("siren", "73282932"), ("siren", "732829321")):
        (fault,) = refused(folder, f'{COMPANY}{key} = "{bad}"\n{LEVEL}').faults
        told[bad] = fault.problem
    assert "11" in told["AGRIFRPPXX"]
    assert told["AGR1FRPP"] == told["AGRIFRPPXX"]
    assert len(set(told.values())) == 3
    assert [bad for bad, problem in told.items() if "contrôle" in problem] == ["732829321"]


def test_two_levels_of_one_id_are_refused(folder: Path) -> None:
    """Two levels share an id, so history cannot tell which was sent."""
    again = LEVEL.replace('"Relance"', '"Autre"')
    error = refused(folder, COMPANY + LEVEL + again)
    (fault,) = error.faults
    assert (fault.where, "simple" in fault.problem) == ("relance.toml: level.id", True)


def test_two_levels_of_one_name_are_refused(folder: Path) -> None:
    """Two levels look the same in the workbook's dropdown."""
    again = LEVEL.replace('"simple"', '"autre"')
    error = refused(folder, COMPANY + LEVEL + again)
    (fault,) = error.faults
    assert (fault.where, "Relance" in fault.problem) == ("relance.toml: level.label", True)


def test_levels_named_in_the_other_language_only_are_told_apart(folder: Path) -> None:
    """Levels without a label in the company's language are said to share one."""
    levels = LEVEL.replace('"Relance"', '{ en = "Reminder" }')
    levels += LEVEL.replace('"Relance"', '{ en = "Notice" }').replace('"simple"', '"ferme"')
    assert [level.label("fr") for level in read(folder, COMPANY + levels).policy_rules().levels] == [
        "Reminder",
        "Notice",
    ]


@pytest.mark.parametrize("label", ["{}", '""', '{ fr = "" }', '"  "'])
def test_level_without_a_name_is_refused(folder: Path, label: str) -> None:
    """A level without a name cannot be chosen in the workbook, or stops the program with a foreign error."""
    found = faults(folder, COMPANY + LEVEL.replace('"Relance"', label))
    assert all(place.startswith("level.1.label") for place in found)


@pytest.mark.parametrize("key", ["after_days", "next_days"])
@pytest.mark.parametrize("days", ["1000000000", "99999999999999"])
def test_days_beyond_the_calendar_are_refused(folder: Path, key: str, days: str) -> None:
    """A number of days that no date can bear stops the program with a foreign error later on."""
    level = "\n".join(f"{key} = {days}" if line.startswith(key) else line for line in LEVEL.splitlines())
    assert list(faults(folder, COMPANY + level)) == [f"level.1.{key}"]


def test_settings_without_company_or_level_are_refused(folder: Path) -> None:
    """A dossier without anybody who writes, or without a level, is accepted."""
    assert set(faults(folder, "")) == {"company", "level"}
    assert set(faults(folder, "level = []\n" + COMPANY)) == {"level"}


SMTP = '[mail]\ntransport = "smtp"\nsender = "a@b.example"\n'


def test_smtp_without_a_host_is_refused(folder: Path) -> None:
    """Sending by SMTP to no server is found out only while sending."""
    assert list(faults(folder, with_table(SMTP))) == ["mail.host"]
    assert read(folder, with_table(SMTP + 'host = "smtp.b.example"')).mail.host == "smtp.b.example"


def test_smtp_sends_in_the_companys_name(folder: Path) -> None:
    """An empty sender is refused, though the shipped settings say that it means the company's address."""
    company = COMPANY + 'email = "compta@b.example"\n'
    mail = '[mail]\ntransport = "smtp"\nhost = "smtp.b.example"\nsender = ""'
    assert read(folder, with_table(mail, company=company)).mail.sender == ""


@pytest.mark.parametrize("host", ["smtp.b.example", "192.168.1.2", "localhost.b.example", "0.0.0.0"])  # noqa: S104 - refused
def test_unencrypted_mail_leaves_this_computer_never(folder: Path, host: str) -> None:
    """A password goes over the network in the clear."""
    mail = f'{SMTP}host = "{host}"\nsecurity = "none"'
    assert list(faults(folder, with_table(mail))) == ["mail.security"]


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "::1"])
def test_unencrypted_mail_to_this_computer_is_allowed(folder: Path, host: str) -> None:
    """A mail server on this computer cannot be used."""
    assert read(folder, with_table(f'{SMTP}host = "{host}"\nsecurity = "none"')).mail.security == "none"


@pytest.mark.parametrize(
    "pattern",
    ["", "factures/facture.pdf", "{number}{client}.pdf", "{number}{}.pdf", "{number", "{number}{0}.pdf",
     "{number}{customer.code}.pdf", "{number}{customer[a]}.pdf", "{number}{customer:d}.pdf"],
)  # fmt: skip
def test_wrong_pattern_of_invoices_is_refused(folder: Path, pattern: str) -> None:
    """A pattern that leads every invoice to one file, or nowhere, is found out only while sending."""
    assert list(faults(folder, with_table(f'[paths]\ninvoices = "{pattern}"'))) == ["paths.invoices"]


def test_faults_between_keys_come_with_the_others(folder: Path) -> None:
    """What is wrong between keys shows only after the rest was corrected."""
    content = with_table(SMTP, LEVEL + LEVEL, COMPANY + 'siren = "1"\n')
    assert {"company.siren", "mail.host", "level.id"} <= set(faults(folder, content))


@pytest.mark.parametrize(
    "content",
    [
        "[company\nname = 1", 'name = "Dupont', "[company]\nname = Dupont\n", 'a = "C:\\Users"', "a = 1\na = 2\n",
        b"\xff\xfe\x00", b"\x00",
    ],
)  # fmt: skip
def test_broken_toml_is_refused(folder: Path, content: str | bytes) -> None:
    """A missing quote stops the program with a foreign error."""
    assert "relance.toml" in refused(folder, content).summary


def test_folder_without_settings_is_refused(folder: Path) -> None:
    """A command in the wrong folder stops with a foreign error, or does not say which folder it looked at."""
    with pytest.raises(SettingsError) as caught:
        read_settings(folder / "relance.toml")
    assert str(folder) in caught.value.summary
    assert "init" in caught.value.advice
    (folder / "relance.toml").mkdir()
    with pytest.raises(SettingsError):
        read_settings(folder / "relance.toml")


def test_any_one_wrong_kind_of_value_is_a_fault(folder: Path) -> None:
    """A value of the wrong kind stops the program with a foreign error, or is taken for something else."""
    for place in ("company", "source", "policy", "level", "mail", "letters", "paths", "language"):
        for value in ("1", "[]", "[1]", '"x"', "true", "2026-11-24", "nan"):
            others = {"company": COMPANY, "level": LEVEL}
            content = f"{place} = {value}\n" + "".join(text for key, text in others.items() if key != place)
            assert any(found.split(".")[0] == place for found in faults(folder, content)), content


values = st.recursive(
    st.one_of(st.text(max_size=5), st.integers(), st.floats(), st.booleans(), st.none()),
    lambda inner: st.one_of(
        st.lists(inner, max_size=2),
        st.dictionaries(st.sampled_from(["fr", "en", "id", "token", "x"]), inner, max_size=2),
    ),
    max_leaves=4,
)
KEYS = [
    "company.name", "company.iban", "company.email", "source.columns", "source.encoding", "source.separator",
    "policy.minimum", "policy.grouping", "level", "mail.port", "mail.sender", "letters.workers", "paths.invoices",
    "paths.workbook", "language", "mail", "x",
]  # fmt: skip


def toml(value: object) -> str:
    """Return a value as TOML writes it."""
    match value:
        case None:
            return "1979-05-27"
        case bool():
            return str(value).lower()
        case str():
            return '"' + "".join(f"\\U{ord(char):08x}" for char in value) + '"'
        case list():
            return "[" + ", ".join(map(toml, value)) + "]"
        case dict():
            return "{" + ", ".join(f"{key} = {toml(inner)}" for key, inner in value.items()) + "}"
        case _:
            return str(value)


@given(st.sampled_from(KEYS), values)
def test_any_value_is_a_setting_or_a_fault(tmp_path_factory: pytest.TempPathFactory, key: str, value: object) -> None:
    """Some value stops the program with a foreign error, or is refused without naming its key."""
    folder = tmp_path_factory.getbasetemp()
    needed = ("" if key.startswith("company") else COMPANY) + ("" if key == "level" else LEVEL)
    content = f"{key} = {toml(value)}\n{needed}"
    try:
        read(folder, content)
    except SettingsError as error:
        unreadable = not error.faults and error.__cause__ is not None
        assert unreadable or any(fault.where.startswith("relance.toml: ") for fault in error.faults), content


def test_settings_saved_by_an_old_windows_editor_are_read(folder: Path) -> None:
    """An accent typed in Notepad makes the settings unreadable."""
    path = folder / "relance.toml"
    path.write_bytes((LEVEL + '[company]\nname = "Éloïse"\n').encode("cp1252"))
    assert read_settings(path).company.name == "Éloïse"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_settings_saved_as_utf_16_are_told_as_such(folder: Path, encoding: str) -> None:
    """The user looks for a missing quote, as an editor saved the settings as UTF-16."""
    mark = "\ufeff" if encoding == "utf-16-be" else ""
    error = refused(folder, (mark + COMPANY + LEVEL).encode(encoding))
    assert "UTF-16" in error.summary
    assert "UTF-8" in error.advice


def test_settings_of_two_encodings_are_refused_with_the_line(folder: Path) -> None:
    """Letters are signed "Ã‰loÃ¯se", as one line of the settings was added by an old editor."""
    content = f'[company]\nname = "Éloïse Maçon"\n{LEVEL}'.encode() + "# réglages\n".encode("cp1252")
    (fault,) = refused(folder, content).faults
    assert fault.where.endswith(" 8")
