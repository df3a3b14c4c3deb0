"""What the system, the network and TLS say went wrong, in the user's words."""

import errno
import os
import socket
import ssl
from contextlib import suppress
from pathlib import Path

import pytest
import trustme

from relance_xl.runtime.language import LANGUAGES, set_language
from relance_xl.runtime.system_faults import cause_words, fault_words, naming
from tests.support.bench import Bench

_USUAL = (
    "ENOSPC", "EDQUOT", "EFBIG", "EROFS", "EACCES", "EPERM", "ENOENT", "EEXIST", "ENOTEMPTY", "EISDIR", "ENOTDIR",
    "ENAMETOOLONG", "EXDEV", "EIO", "ESTALE", "EBUSY", "ETXTBSY", "EMFILE", "ENFILE", "ENOMEM", "ECONNREFUSED",
    "ECONNRESET", "ECONNABORTED", "EPIPE", "ETIMEDOUT", "EHOSTUNREACH", "ENETUNREACH",
)  # fmt: skip


@pytest.mark.parametrize("name", _USUAL)
def test_the_systems_own_english_reaches_nobody(name: str) -> None:
    """A French accountant reads "[Errno 28] No space left on device"."""
    number = getattr(errno, name)
    error = OSError(number, os.strerror(number), "/dossier/lots/a.pdf")
    text = fault_words(error)
    assert os.strerror(number) not in text
    assert "Errno" not in text
    assert text.startswith("/dossier/lots/a.pdf\xa0: ")
    assert "{" not in text


@pytest.mark.parametrize("name", _USUAL)
def test_every_usual_error_has_words_in_every_language(name: str) -> None:
    """An error is told in another language than the user's."""
    number = getattr(errno, name)
    said = set()
    for language in LANGUAGES:
        set_language(language)
        said.add(cause_words(OSError(number, os.strerror(number))))
    assert len(said) == len(LANGUAGES)


def test_an_error_nobody_thought_of_shows_the_systems_words() -> None:
    """An unknown error says nothing at all."""
    assert cause_words(OSError(errno.EDOM, "Numerical argument out of domain")) == (
        "le système refuse (Numerical argument out of domain)"
    )


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (TimeoutError(), "pas de réponse à temps"),
        (socket.gaierror(socket.EAI_NONAME, "Name or service not known"), "le nom du serveur est inconnu"),
        (ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER] wrong version number"), "la connexion sécurisée n'a pas pu"),
        (UnicodeDecodeError("utf-8", b"\xe9", 0, 1, "invalid"), "ce n'est pas du texte dans l'encodage attendu"),
        (OSError("le lecteur est tombé"), "le lecteur est tombé"),
    ],
)
def test_other_errors_have_their_words(error: Exception, words: str) -> None:
    """A time-out, a name that is not known, or TLS, is told in English."""
    assert cause_words(error).startswith(words)


@pytest.mark.parametrize(("host", "trusted", "words"), [
    ("localhost", False, "aucune autorité"), ("127.0.0.1", True, "pour un autre nom"),
])  # fmt: skip
def test_what_is_wrong_with_a_certificate_is_told(host: str, trusted: bool, words: str) -> None:
    """A wrong certificate is told in OpenSSL's own words."""
    authority = trustme.CA()
    server_context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(server_context)
    context = ssl.create_default_context()
    if trusted:
        authority.configure_trust(context)
    near, far = socket.socketpair()
    inner, outer = ssl.MemoryBIO(), ssl.MemoryBIO()
    server = server_context.wrap_bio(inner, outer, server_side=True)
    to_client = ssl.MemoryBIO()
    client = context.wrap_bio(to_client, inner, server_hostname=host)
    with near, far, pytest.raises(ssl.SSLCertVerificationError) as caught:
        for _turn in range(5):
            for side in (client, server):
                with suppress(ssl.SSLWantReadError):
                    side.do_handshake()
                to_client.write(outer.read())
    assert words in cause_words(caught.value)


def test_an_error_names_its_file(tmp_path: Path) -> None:
    """Somebody whose disk is full is not told where."""
    with pytest.raises(OSError, match="x") as caught, naming(tmp_path / "a"):
        raise OSError(errno.ENOSPC, "x")
    assert caught.value.filename == str(tmp_path / "a")
    with pytest.raises(OSError, match="x") as caught, naming(tmp_path / "a"):
        raise OSError(errno.ENOSPC, "x", "other")
    assert caught.value.filename == "other"


def test_a_settings_file_that_cannot_be_read_is_told_in_french(bench: Bench) -> None:
    """The most usual file of all is told about in the system's English, twice with its name."""
    (bench.root / "relance.toml").unlink()
    (bench.root / "relance.toml").mkdir()
    told = bench.json("check")
    assert told.code == 3
    assert "c'est un dossier, pas un fichier" in told.data["error"]
    assert told.data["error"].count("relance.toml") == 1
