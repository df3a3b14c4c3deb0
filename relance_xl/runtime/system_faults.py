"""What the system, the network or TLS says went wrong, in the user's words: the one place that words such errors."""

import errno
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from relance_xl.runtime.language import _

if TYPE_CHECKING:
    import ssl

#: What must be free on a disk for a send to record what it does, thousands of emails included (bytes).
NEEDED_ROOM = 256 * 1024
# Of these the user needs to know no more than the words; any other is told with the system's own text.
_FULL = frozenset({errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)})
#: OpenSSL's numbers for what is wrong with a certificate (X509_V_ERR_…).
_NOT_YET_VALID, _EXPIRED, _HOSTNAME, _ADDRESS = 9, 10, 62, 64
_UNKNOWN_ISSUERS = frozenset({2, 18, 19, 20, 21})


def is_full(error: OSError) -> bool:
    """Whether the disk, or the user's share of it, is full."""
    return error.errno in _FULL


@contextmanager
def naming(file: Path) -> Iterator[None]:
    """Let an error of the system name the file: what fails while it is written does not say which it was."""
    try:
        yield
    except OSError as error:
        if error.filename is None:
            error.filename = str(file)
        raise


def fault_words(error: BaseException) -> str:
    """Return what went wrong, in the user's language, with the file it happened to; one line."""
    why = cause_words(error)
    file = getattr(error, "filename", None)
    return _("{file}: {why}").format(file=_path_text(file), why=why) if file else why


def _path_text(file: object) -> str:
    return file.decode("utf-8", "replace") if isinstance(file, bytes) else str(file)


def cause_words(error: BaseException) -> str:
    """Return what went wrong, in the user's language, without the file; one line."""
    # Loaded where something went wrong, not by each command.
    import ssl

    why = getattr(error, "why", None)
    if isinstance(why, str):
        # An error of ours has its words.
        return why
    match error:
        case ssl.SSLCertVerificationError():
            return _certificate_words(error)
        case ssl.SSLError():
            return _("no secure connection came about ({why})").format(
                why=getattr(error, "reason", "") or _one_line(error)
            )
        case socket.gaierror():
            return _("the name of the server is not known, or there is no network")
        case TimeoutError():
            return _("no answer in time")
        case OSError() if error.errno in _known():
            return _known()[error.errno]
        case UnicodeDecodeError():
            line = error.object[: error.start].count(b"\n") + 1
            return _("it is not text in the expected encoding (line {line})").format(line=line)
        case UnicodeError():
            return _("it is not text in the expected encoding")
        case OSError() if error.strerror:
            return _("the system refuses ({why})").format(why=error.strerror)
    return _one_line(error)


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def _certificate_words(error: "ssl.SSLCertVerificationError") -> str:
    code = getattr(error, "verify_code", 0)
    if code in _UNKNOWN_ISSUERS:
        return _("its certificate was not issued by anybody this computer trusts")
    texts = {
        _NOT_YET_VALID: _("its certificate is not valid yet: is this computer's clock right?"),
        _EXPIRED: _("its certificate has expired"),
        _HOSTNAME: _("its certificate is for another name"),
        _ADDRESS: _("its certificate is for another name"),
    }
    return texts.get(code) or _("its certificate is not valid ({why})").format(
        why=getattr(error, "verify_message", "") or _one_line(error)
    )


def _known() -> dict[int | None, str]:
    """Return the words for each error number that users meet; names that a system lacks are left out."""
    full, refused = _("there is no room left on the disk"), _("access is refused")
    lost, unreachable = _("the connection was lost"), _("it cannot be reached over the network")
    words = {
        "ENOSPC": full,
        "EDQUOT": _("your share of the disk is full"),
        "EFBIG": _("the file would be larger than this disk allows"),
        "EROFS": _("this disk can only be read"),
        "EACCES": refused,
        "EPERM": refused,
        "ENOENT": _("it is not there"),
        "EEXIST": _("it is there already"),
        "ENOTEMPTY": _("the folder is not empty"),
        "EISDIR": _("it is a folder, not a file"),
        "ENOTDIR": _("a part of its path is not a folder"),
        "ENAMETOOLONG": _("its name is too long"),
        "ELOOP": _("its links lead in a circle"),
        "EXDEV": _("it would have to move to another disk"),
        "EIO": _("the disk or the share fails"),
        "ESTALE": _("the share was disconnected"),
        "ENXIO": _("the disk or the share is gone"),
        "ENODEV": _("the disk or the share is gone"),
        "EBUSY": _("another program is using it"),
        "ETXTBSY": _("another program is using it"),
        "EMFILE": _("too many files are open"),
        "ENFILE": _("too many files are open"),
        "ENOMEM": _("the computer's memory is full"),
        "ENOEXEC": _("it is not a program for this computer"),
        "ECONNREFUSED": _("the connection is refused: nobody listens there"),
        "ECONNRESET": lost,
        "ECONNABORTED": lost,
        "EPIPE": lost,
        "ENOTCONN": lost,
        "ESHUTDOWN": lost,
        "ENETRESET": lost,
        "ETIMEDOUT": _("no answer in time"),
        "EHOSTUNREACH": unreachable,
        "EHOSTDOWN": unreachable,
        "ENETUNREACH": unreachable,
        "ENETDOWN": unreachable,
        "EADDRNOTAVAIL": unreachable,
    }
    return {getattr(errno, name): text for name, text in words.items() if hasattr(errno, name)}
