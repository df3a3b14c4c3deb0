"""The extension's file (.oxt): a menu, and the Basic that it calls.

Sources: OpenOffice.org Developer's Guide, "Extensions" (description.xml, manifest) and "Add-ons" (Addons.xcu); the
Basic library format (script.xlb, .xba).
"""

import io
import zipfile
from collections.abc import Mapping, Sequence
from importlib import resources
from xml.sax.saxutils import escape, quoteattr

from relance_xl.core.texts.acts import ACT_NAMES, Act, act_name
from relance_xl.runtime.language import LANGUAGES, N_, _, translated

IDENTIFIER = "org.relance-xl.calc-menu"
_LIBRARY, _MODULE = "RelanceXL", "Menu"
#: The menu's lines: what each is called, and the Basic sub that it calls.
_ENTRIES = (
    (ACT_NAMES[Act.EXPORT], "UpdateWorkbook"),
    (ACT_NAMES[Act.CHECK], "CheckWorkbook"),
    (ACT_NAMES[Act.PREVIEW], "PreviewLetters"),
    (ACT_NAMES[Act.SEND], "SendReminders"),
    (N_("History of this row's customer"), "CustomerHistory"),
)
_SHEETS = "com.sun.star.sheet.SpreadsheetDocument"


class UnquotableError(ValueError):
    """A path that Basic's Shell cannot be given: it has both kinds of quotation marks."""


def build_extension(program: Sequence[str], version: str) -> bytes:
    """Return the extension's bytes; `program`: the words that start this installation. Raises UnquotableError.

    The menu speaks French and English, what the Basic says itself the language that is spoken.
    """
    target = io.BytesIO()
    parts = {
        "META-INF/manifest.xml": _manifest(),
        "description.xml": _description(version),
        "Addons.xcu": _menu(),
        f"{_LIBRARY}/script.xlb": _library((_MODULE,)),
        f"{_LIBRARY}/dialog.xlb": _library(()),
        f"{_LIBRARY}/{_MODULE}.xba": _module(basic_text(program)),
    }
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as package:
        for name, text in parts.items():
            # The same bytes whenever it is built: no moment of today.
            package.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), text.encode("utf-8"))
    return target.getvalue()


def basic_text(program: Sequence[str]) -> str:
    """Return the Basic with this installation's command and the spoken language's texts in it."""
    text = resources.files(__package__).joinpath("menu.bas").read_text(encoding="utf-8")
    for mark, value in _values(program).items():
        text = text.replace(f'"@{mark}@"', _literal(value))
    return text


def _values(program: Sequence[str]) -> Mapping[str, str]:
    return {
        "PROGRAM": " ".join(map(_shell_word, program)),
        "SAY_NO_FOLDER": _(
            "This is no workbook of Relance XL: there is no relance.toml in its folder. Open the workbook of a folder "
            "that relance-xl init made."
        ),
        "SAY_READ_ONLY": _("This workbook is open read-only, so somebody else has it open: ask them to close it."),
        "SAY_NOT_SAVED": _("The workbook could not be saved, so nothing was done:"),
        "SAY_NO_CUSTOMER": _("Choose a cell in the row of an invoice or a customer first."),
        "SAY_NO_ANSWER": _("Relance XL did not answer. Was it installed elsewhere? Run relance-xl calc-menu again."),
        "SAY_SEND": act_name(Act.SEND),
        "SAY_CANCEL": _("Cancel"),
        "SAY_CLOSE": _("Close"),
        "SAY_AGREE": _("I agree"),
        "SAY_WHO": _("Your first and last name:"),
        "SAY_NOT_AGREED": _("Nothing was agreed to, nothing was sent."),
    }


def _shell_word(word: str) -> str:
    """Return a word of the command line that Basic's Shell takes apart: it knows quotation marks, and no escape."""
    for mark in ('"', "'"):
        if mark not in word:
            return f"{mark}{word}{mark}"
    raise UnquotableError(word)


def _literal(text: str) -> str:
    """Return a text as Basic writes it, in one line."""
    doubled = " ".join(text.split("\n")).replace('"', '""')
    return f'"{doubled}"'


def _manifest() -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<manifest:manifest xmlns:manifest="http://openoffice.org/2001/manifest">\n'
        '<manifest:file-entry manifest:media-type="application/vnd.sun.star.configuration-data" '
        'manifest:full-path="Addons.xcu"/>\n'
        '<manifest:file-entry manifest:media-type="application/vnd.sun.star.basic-library" '
        f'manifest:full-path="{_LIBRARY}/"/>\n'
        "</manifest:manifest>\n"
    )


def _description(version: str) -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<description xmlns="http://openoffice.org/extensions/description/2006">\n'
        f"<identifier value={quoteattr(IDENTIFIER)}/>\n<version value={quoteattr(version)}/>\n"
        '<display-name><name lang="en">Relance XL</name></display-name>\n</description>\n'
    )


def _library(modules: Sequence[str]) -> str:
    elements = "".join(f'<library:element library:name="{one}"/>' for one in modules)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<!DOCTYPE library:library PUBLIC "-//OpenOffice.org//DTD OfficeDocument 1.0//EN" "library.dtd">\n'
        f'<library:library xmlns:library="http://openoffice.org/2000/library" library:name="{_LIBRARY}" '
        f'library:readonly="false" library:passwordprotected="false">{elements}</library:library>\n'
    )


def _module(text: str) -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<!DOCTYPE script:module PUBLIC "-//OpenOffice.org//DTD OfficeDocument 1.0//EN" "module.dtd">\n'
        f'<script:module xmlns:script="http://openoffice.org/2000/script" script:name="{_MODULE}" '
        f'script:language="StarBasic">{escape(text)}</script:module>\n'
    )


def _menu() -> str:
    entries = "\n".join(_entry(number, title, sub) for number, (title, sub) in enumerate(_ENTRIES, start=1))
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<oor:component-data xmlns:oor="http://openoffice.org/2001/registry" '
        'xmlns:xs="http://www.w3.org/2001/XMLSchema" oor:name="Addons" oor:package="org.openoffice.Office">\n'
        '<node oor:name="AddonUI"><node oor:name="OfficeMenuBar">'
        f'<node oor:name="{IDENTIFIER}" oor:op="replace">\n'
        '<prop oor:name="Title" oor:type="xs:string"><value>Relance XL</value></prop>\n'
        f'<prop oor:name="Context" oor:type="xs:string"><value>{_SHEETS}</value></prop>\n'
        f'<node oor:name="Submenu">\n{entries}\n</node>\n</node></node></node>\n</oor:component-data>\n'
    )


def _entry(number: int, title: str, sub: str) -> str:
    url = f"vnd.sun.star.script:{_LIBRARY}.{_MODULE}.{sub}?language=Basic&location=application"
    titles = "".join(f'<value xml:lang="{code}">{escape(translated(title, code))}</value>' for code in LANGUAGES)
    return (
        f'<node oor:name="m{number}" oor:op="replace">'
        f'<prop oor:name="URL" oor:type="xs:string"><value>{escape(url)}</value></prop>'
        f'<prop oor:name="Title" oor:type="xs:string">{titles}</prop>'
        '<prop oor:name="Target" oor:type="xs:string"><value>_self</value></prop>'
        f'<prop oor:name="Context" oor:type="xs:string"><value>{_SHEETS}</value></prop></node>'
    )
