#!/bin/sh
# Makes a machine ready: LibreOffice and fonts (through apt, as root or with sudo), then a virtual environment.
# Usage: tools/prepare.sh VENV
#        tools/prepare.sh --for-tests    installs instead what only the tests need: Postfix, Dovecot, a screen
#                                        that nobody sees with a terminal's window, a browser,
#                                        PostgreSQL and MariaDB, Apache PDFBox, which tells whether a file is PDF/A, and the npm packages of
#                                        tests/support/package.json, with which web tools read workbooks
#        tools/prepare.sh --for-torture  installs strace
set -eu

as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"; elif command -v sudo >/dev/null; then sudo "$@"; else return 1; fi
}

# Debian packages that are missing, one name an argument.
install_packages() {
    if ! command -v apt-get >/dev/null || ! { as_root apt-get update -q && as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -q --no-install-recommends "$@"; } >/dev/null; then
        echo "Could not install: $*" >&2
        return 1
    fi
}

find_python() {
    for name in python3 python3.14 python3.13 python3.12 python3.11 python; do
        if command -v "$name" >/dev/null && "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
            echo "$name"
            return
        fi
    done
    echo "Python 3.11 or newer is needed: https://www.python.org/downloads/" >&2
    exit 1
}

has_office() {
    command -v soffice >/dev/null || command -v libreoffice >/dev/null ||
        [ -x /Applications/LibreOffice.app/Contents/MacOS/soffice ]
}

has_mail_host() {
    [ -x /usr/sbin/postfix ] && [ -x /usr/lib/dovecot/imap ] && command -v newuidmap >/dev/null
}

has_pdfbox() {
    command -v java >/dev/null && [ -f /usr/share/java/preflight.jar ] && [ -f /usr/share/java/jaxb-api.jar ] &&
        [ -f /usr/share/java/javax.activation.jar ] && [ -f /usr/share/java/commons-io.jar ]
}

has_desktop() {
    command -v Xvfb && command -v xterm && command -v xdotool && command -v gio && command -v desktop-file-validate &&
        command -v chromium
} >/dev/null

has_databases() {
    ls /usr/lib/postgresql/*/bin/initdb && command -v mariadb-install-db && [ -x /usr/sbin/mariadbd ]
} >/dev/null 2>&1

install_databases() {
    had_some=$(ls -d /usr/lib/postgresql /usr/sbin/mariadbd 2>/dev/null || true)
    install_packages postgresql mariadb-server || return 1
    if [ -z "$had_some" ] && [ -d /run/systemd/system ]; then
        as_root systemctl disable --quiet --now postgresql mariadb || true
    fi
}

# The tests start servers of their own: none must run for the whole machine because we installed it.
install_mail_host() {
    # What was never configured does not start.
    echo "postfix postfix/main_mailer_type select No configuration" | as_root debconf-set-selections || return 1
    had_dovecot=$(command -v /usr/sbin/dovecot || true)
    # uidmap: for who is not root.
    install_packages postfix dovecot-imapd uidmap || return 1
    if [ -z "$had_dovecot" ] && [ -d /run/systemd/system ]; then
        as_root systemctl disable --quiet --now dovecot.socket dovecot.service || true
    fi
}

if [ "$1" = --for-tests ]; then
    has_pdfbox || install_packages default-jre-headless libpdfbox2-java libcommons-io-java libactivation-java \
        libjaxb-api-java || {
        echo "The tests of PDF/A need Java and Apache PDFBox as Debian and Ubuntu have them. All others:" >&2
        echo "    .venv/bin/pytest --ignore=tests/letters/test_archival.py" >&2
        exit 1
    }
    { command -v node && command -v npm; } >/dev/null || install_packages nodejs npm || exit 1
    npm install --prefix tests/support --no-package-lock --no-audit --no-fund --silent || {
        echo "The tests of web tools need the npm packages of tests/support/package.json. All others:" >&2
        echo "    .venv/bin/pytest --ignore=tests/workbook/file/test_web_tools.py" >&2
        exit 1
    }
    has_desktop || install_packages xvfb xterm xdotool libglib2.0-bin desktop-file-utils chromium || {
        echo "The tests of double-clicks need Xvfb, xterm, xdotool, gio and Chromium. All others:" >&2
        echo "    .venv/bin/pytest --ignore=tests/desktop" >&2
        exit 1
    }
    has_databases || install_databases || {
        echo "The tests of databases need PostgreSQL and MariaDB as Debian and Ubuntu have them. All others:" >&2
        echo "    .venv/bin/pytest --ignore=tests/sources/test_databases.py" >&2
        exit 1
    }
    has_mail_host || install_mail_host || {
        echo "The tests need Postfix and Dovecot as Debian and Ubuntu have them. All others:" >&2
        echo "    .venv/bin/pytest --ignore=tests/mail/test_postfix.py" >&2
        exit 1
    }
    exit
fi
if [ "$1" = --for-torture ]; then
    install_packages strace || { echo "Install strace, which stops a run at a system call." >&2; exit 1; }
    exit
fi
venv=$1

if ! has_office; then
    case "$(uname -s)" in
    Linux) install_packages libreoffice-writer libreoffice-calc fonts-liberation || {
        echo "Install LibreOffice (Writer and Calc) with your system's package manager, then run make again." >&2
        exit 1
    } ;;
    Darwin) echo "Install LibreOffice, then run make again: brew install --cask libreoffice" >&2; exit 1 ;;
    *) echo "Install LibreOffice, then run make again: winget install TheDocumentFoundation.LibreOffice" >&2; exit 1 ;;
    esac
fi

python=$(find_python)
# Debian keeps what venv needs in a package of its own.
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    install_packages python3-venv || { echo "Install python3-venv, then run make again." >&2; exit 1; }
fi
"$python" -m venv "$venv"
PIP_CONSTRAINT=constraints.txt "$venv/bin/python" -m pip install --quiet --disable-pip-version-check -e '.[dev]'
# As an installation does: where Python is told to keep no bytecode, each command would compile all of it again.
"$venv/bin/python" -m compileall -q relance_xl tests
