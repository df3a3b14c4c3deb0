"""Secrets: from the environment, else from the system's keyring; never from a file of ours, never in a message."""

import os

from relance_xl.runtime.errors import ProgramError
from relance_xl.runtime.language import _

#: The name under which keyrings have our secrets, followed by a colon and the server.
KEYRING_SERVICE = "relance-xl"
#: Where the password of a database, or the key of a server, may stand from which invoices come.
SOURCE_VARIABLE = "RELANCE_XL_SOURCE_PASSWORD"


def stored_secret(variable: str, server: str, user: str) -> str | None:
    """Return a secret: what an environment variable holds, else what the keyring has for a user of a server."""
    return os.environ.get(variable) or _in_keyring(server, user)


def needed_secret(variable: str, server: str, user: str) -> str:
    """Return a secret. Raises ProgramError for none."""
    secret = stored_secret(variable, server, user)
    if secret:
        return secret
    raise ProgramError(
        _("There is no password for {user} on {host}.").format(user=user, host=server),
        advice=_("Put it into {variable}, or into the keyring: keyring set {service} {user}").format(
            variable=variable, service=f"{KEYRING_SERVICE}:{server}", user=user
        ),
    )


def _in_keyring(server: str, user: str) -> str | None:
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError:
        return None
    try:
        password = keyring.get_password(f"{KEYRING_SERVICE}:{server}", user)
    except (KeyringError, RuntimeError):
        return None
    return str(password) if password else None
