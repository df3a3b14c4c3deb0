"""A mail host as companies run it, on loopback only: Postfix takes mail, Dovecot keeps it, both with one login.

Everything lies in a folder of its own. Every domain is at home here, so that no mail can leave.
"""

import imaplib
import os
import shutil
import smtplib
import ssl
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import trustme

from tests.support.mail_server import PASSWORD, USER, free_port

# Debian's users: Postfix starts as root and drops to its own; `mail` owns the mailboxes.
_OWNERS = {"mail": "mail", "data": "postfix"}
_SYSTEM_PATH = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"])
_PATIENCE_S = 20.0

_MAIN = """
compatibility_level = 3.6
queue_directory = {root}/queue
data_directory = {root}/data
maillog_file = {root}/postfix.log
maillog_file_prefixes = {root}
myhostname = localhost
mydestination =
mynetworks =
relayhost =
inet_protocols = ipv4
local_recipient_maps =
alias_maps =
alias_database =
default_transport = error:mail stays on this host
relay_transport = $default_transport
local_transport = $default_transport
virtual_mailbox_domains = static:every
virtual_mailbox_maps = texthash:{root}/mailboxes
virtual_mailbox_base = {root}/mail
virtual_minimum_uid = 1
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
smtpd_peername_lookup = no
smtpd_tls_security_level = encrypt
smtpd_tls_chain_files = {root}/server.pem
smtpd_tls_auth_only = yes
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = {root}/auth
smtpd_relay_restrictions = permit_sasl_authenticated, reject
smtpd_recipient_restrictions = permit_sasl_authenticated, reject
"""

# The last column is the program; chroot ("n") would want a system within the queue's folder.
_MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
tlsmgr unix - - n 1000? 1 tlsmgr
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
proxymap unix - - n - - proxymap
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
"""

_DOVECOT = """
base_dir = {root}/run
log_path = {root}/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = required
first_valid_uid = 1
auth_mechanisms = plain login
auth_failure_delay = 0
service imap-login {{
  inet_listener imap {{
    port = 0
  }}
  inet_listener imaps {{
    port = {port}
    ssl = yes
  }}
}}
service auth {{
  unix_listener {root}/auth {{
    user = postfix
    mode = 0600
  }}
}}
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
namespace inbox {{
  inbox = yes
  mailbox Sent {{
    auto = subscribe
    special_use = \\Sent
  }}
}}
"""

_DOVECOT_2_3 = """
state_dir = {root}/run
mail_location = maildir:~/Maildir
ssl_cert = <{root}/server.pem
ssl_key = <{root}/server.pem
passdb {{
  driver = passwd-file
  args = {root}/users
}}
userdb {{
  driver = static
  args = uid=mail gid=mail home={root}/mail/%u
}}
"""

_DOVECOT_2_4 = """
state_dir = {root}/run
mail_driver = maildir
mail_path = ~/Maildir
ssl_server_cert_file = {root}/server.pem
ssl_server_key_file = {root}/server.pem
passdb passwd-file {{
  passwd_file_path = {root}/users
}}
userdb static {{
  fields {{
    uid = mail
    gid = mail
    home = {root}/mail/%{{user}}
  }}
}}
"""


@dataclass(frozen=True)
class MailHost:
    """A mail host that runs: its ports on localhost, the authority to trust, and whose mailboxes it has."""

    root: Path
    smtp_port: int
    imap_port: int
    mailboxes: tuple[str, ...]

    @property
    def authority_file(self) -> str:
        """The certificate authority to trust."""
        return str(self.root / "authority.pem")

    @contextmanager
    def imap(self, user: str) -> Iterator[imaplib.IMAP4_SSL]:
        """Log in to a user's mail; all have the same password."""
        context = ssl.create_default_context(cafile=self.authority_file)
        with imaplib.IMAP4_SSL("localhost", self.imap_port, ssl_context=context, timeout=_PATIENCE_S) as client:
            client.login(user, PASSWORD)
            yield client

    def messages(self, user: str, folder: str = "INBOX") -> list[bytes]:
        """Return the messages in a user's folder, oldest first, once everything accepted is delivered."""
        self._wait_for_delivery()
        with self.imap(user) as client:
            client.select(folder, readonly=True)
            _, (numbers,) = client.search(None, "ALL")
            fetched = [client.fetch(number, "(BODY.PEEK[])")[1][0] for number in numbers.split()]
            return [part[1] for part in fetched if isinstance(part, tuple)]

    def empty(self) -> None:
        """Throw all messages away."""
        self._wait_for_delivery()
        for user in self.mailboxes:
            with self.imap(user) as client:
                for folder in ("INBOX", "Sent"):
                    _, (count,) = client.select(folder)
                    if count != b"0":
                        client.store("1:*", "+FLAGS", r"\Deleted")
                        client.expunge()

    def last_connection(self) -> str:
        """Return what Postfix wrote down about the last connection, once it is over."""
        end = time.monotonic() + _PATIENCE_S
        while True:
            last = _as_root("cat", str(self.root / "postfix.log")).rpartition(" connect from ")[2]
            if " disconnect from " in last:
                return last
            if time.monotonic() > end:
                raise RuntimeError(f"A connection does not end:\n{_log(self.root)}")
            time.sleep(0.05)

    def _wait_for_delivery(self) -> None:
        """Wait until Postfix's queue is empty: a message is there from before it is accepted until it is delivered."""
        end = time.monotonic() + _PATIENCE_S
        while queue := _as_root("postqueue", "-c", str(self.root / "postfix"), "-j"):
            if time.monotonic() > end:
                raise RuntimeError(f"Postfix delivers nothing:\n{queue}\n{_log(self.root)}")
            time.sleep(0.05)


@contextmanager
def mail_host(addresses: Iterable[str]) -> Iterator[MailHost]:
    """Run a mail host with mailboxes for USER and the addresses; USER may send. Raises RuntimeError with advice."""
    _check_machine()
    with ExitStack() as stack:
        # Not pytest's folder: Postfix's own user must get in. Short: sockets' paths have a limit.
        root = Path(tempfile.mkdtemp(prefix="relance-mail-"))
        stack.callback(_as_root, "rm", "-rf", str(root))
        host = MailHost(root, free_port(), free_port(), (USER, *addresses))
        _lay_out(host)
        stack.enter_context(_running(root, "dovecot", "-F", "-c", str(root / "dovecot.conf")))
        _as_root("postfix", "-c", str(root / "postfix"), "check")
        programs = _as_root("postconf", "-c", str(root / "postfix"), "-h", "daemon_directory").strip()
        stack.enter_context(_running(root, f"{programs}/master", "-c", str(root / "postfix"), "-s"))
        _wait_until_ready(host)
        yield host


def _check_machine() -> None:
    missing = [name for name in ("postfix", "dovecot") if shutil.which(name, path=_SYSTEM_PATH) is None]
    if missing:
        raise RuntimeError(f"No {' and no '.join(missing)}. On Debian and Ubuntu: sh tools/prepare.sh --for-tests")
    try:
        _as_root("chown", "--version")
    except (OSError, RuntimeError) as error:
        raise RuntimeError(
            "Postfix starts as root only, and this user cannot be root in a namespace of its own. Run the tests as "
            "root, or allow it: the package uidmap must be installed, /etc/subuid and /etc/subgid must give this user "
            "65536 numbers, and the system must let users make namespaces (kernel.apparmor_restrict_unprivileged_userns "
            "is 0 where it exists)."
        ) from error


def _lay_out(host: MailHost) -> None:
    """Write certificates, users and settings."""
    root = host.root
    root.chmod(0o755)
    authority = trustme.CA()
    authority.cert_pem.write_to_path(host.authority_file)
    authority.issue_cert("localhost").private_key_and_cert_chain_pem.write_to_path(str(root / "server.pem"))
    for folder in ("postfix", "queue", *_OWNERS):
        (root / folder).mkdir()
    for folder, owner in _OWNERS.items():
        _as_root("chown", f"{owner}:{owner}", str(root / folder))
    uid, gid = (_as_root("id", option, "mail").strip() for option in ("-u", "-g"))
    # Settings bear new names from 2.4 on.
    version = tuple(int(part) for part in _as_root("dovecot", "--version").split()[0].split(".")[:2])
    first = "dovecot_config_version = 2.4.0\ndovecot_storage_version = 2.4.0\n" if version >= (2, 4) else ""
    storage = _DOVECOT_2_4 if version >= (2, 4) else _DOVECOT_2_3
    texts = {
        "postfix/main.cf": _MAIN.format(root=root, uid=uid, gid=gid),
        "postfix/master.cf": _MASTER.format(port=host.smtp_port),
        "dovecot.conf": first + (_DOVECOT + storage).format(root=root, port=host.imap_port),
        "users": "".join(f"{user}:{{PLAIN}}{PASSWORD}\n" for user in host.mailboxes),
        "mailboxes": "".join(f"{user} {user}/Maildir/\n" for user in host.mailboxes if "@" in user),
    }
    for name, text in texts.items():
        (root / name).write_text(text, encoding="utf-8")


def _root_command(arguments: tuple[str, ...]) -> list[str]:
    """Return a command for root, who may be root of a user namespace only: it maps this user's spare numbers."""
    program = shutil.which(arguments[0], path=_SYSTEM_PATH) or arguments[0]
    namespace = [] if os.geteuid() == 0 else ["unshare", "--user", "--map-root-user", "--map-auto"]
    return [*namespace, program, *arguments[1:]]


def _as_root(*arguments: str) -> str:
    """Run a command to its end and return what it prints. Raises RuntimeError with what it says when it fails."""
    command = _root_command(arguments)
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


@contextmanager
def _running(root: Path, *arguments: str) -> Iterator[None]:
    """Run a server and stop it, with the children it has, in the end."""
    with (root / "start.log").open("ab") as log:
        process = subprocess.Popen(
            _root_command(arguments), stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )
    try:
        yield
    finally:
        process.terminate()
        process.wait(timeout=_PATIENCE_S)


def _wait_until_ready(host: MailHost) -> None:
    end = time.monotonic() + _PATIENCE_S
    while True:
        try:
            with smtplib.SMTP("localhost", host.smtp_port, timeout=2), host.imap(USER):
                return
        except (OSError, smtplib.SMTPException, imaplib.IMAP4.error) as error:
            if time.monotonic() > end:
                raise RuntimeError(f"A mail server does not start: {error}\n{_log(host.root)}") from error
            time.sleep(0.05)


def _log(root: Path) -> str:
    return "".join(_as_root("tail", "-n", "20", str(path)) for path in sorted(root.glob("*.log")))
