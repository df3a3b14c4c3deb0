"""Secrets for the mail account: from the environment, the keyring or a command; never from a file of ours."""

import base64
import os
import subprocess
from dataclasses import dataclass

from relance_xl.runtime.errors import ProgramError
from relance_xl.runtime.language import _
from relance_xl.runtime.secrets import needed_secret

PASSWORD_VARIABLE = "RELANCE_XL_SMTP_PASSWORD"  # noqa: S105 - a variable's name
TOKEN_VARIABLE = "RELANCE_XL_SMTP_TOKEN"  # noqa: S105 - likewise
#: How long a token command may take: it may ask a server (seconds).
_TOKEN_TIMEOUT_S = 60


@dataclass(frozen=True, slots=True)
class Account:
    """Who logs in where, with a password or with an access token (XOAUTH2) that a command prints."""

    host: str
    user: str
    method: str = "password"
    token_command: tuple[str, ...] = ()


def find_password(account: Account) -> str:
    """Return the password from the environment, else from the system's keyring. Raises ProgramError for none."""
    return needed_secret(PASSWORD_VARIABLE, account.host, account.user)


def find_token(account: Account) -> str:
    """Return an access token: what the token command prints, else the environment's. Raises ProgramError."""
    if not account.token_command:
        token = os.environ.get(TOKEN_VARIABLE, "").strip()
    else:
        token = _printed_token(account.token_command)
    if not token or any(character.isspace() for character in token):
        raise ProgramError(
            _("There is no access token for {user} on {host}.").format(user=account.user, host=account.host),
            advice=_(
                "Set [mail] token_command in relance.toml to a command that prints one, or put one into {variable}."
            ).format(variable=TOKEN_VARIABLE),
        )
    return token


def _printed_token(command: tuple[str, ...]) -> str:
    # What the command printed is never shown: it may be the token.
    try:
        done = subprocess.run(  # noqa: S603 - the user's own command, without a shell
            list(command), check=True, capture_output=True, text=True, timeout=_TOKEN_TIMEOUT_S
        )
    except FileNotFoundError as error:
        raise _failed(command, _("it is not installed")) from error
    except subprocess.TimeoutExpired:
        raise _failed(command, _("it did not answer in time")) from None
    except (OSError, subprocess.CalledProcessError, UnicodeDecodeError) as error:
        code = error.returncode if isinstance(error, subprocess.CalledProcessError) else type(error).__name__
        raise _failed(command, _("it ended with {code}").format(code=code)) from None
    return done.stdout.strip()


def _failed(command: tuple[str, ...], why: str) -> ProgramError:
    return ProgramError(
        _("The command for the access token failed ({command}): {why}").format(command=command[0], why=why),
        advice=_("Nothing was sent. Run it by hand and follow what it says; it is [mail] token_command."),
    )


def hide(text: str, account: Account, secret: str) -> str:
    """Return what a server said without the secret: some repeat what they were told."""
    said = (
        secret,
        oauth_text(account, secret),
        f"\0{account.user}\0{secret}",
        f"{account.user}\0{account.user}\0{secret}",
    )
    for one in said:
        for shown in (one, base64.b64encode(one.encode()).decode()):
            text = text.replace(shown, "…")
    return text


def oauth_text(account: Account, token: str) -> str:
    """Return what XOAUTH2 says at login, before base64 (Google's and Microsoft's SASL mechanism)."""
    return f"user={account.user}\x01auth=Bearer {token}\x01\x01"
