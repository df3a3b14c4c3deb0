"""The emails of a preview, on one page to look at in a browser: self-contained, without scripts."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from relance_xl.core.planning import PlannedDelivery
from relance_xl.mail.template import MailText
from relance_xl.runtime.language import _, current_language

_STYLE = """
body { font-family: Arial, Helvetica, sans-serif; margin: 24px; background: #eef1f5; color: #1f2933; }
article { background: #fff; max-width: 760px; margin: 0 auto 28px; padding: 16px 20px; border: 1px solid #c9d1db; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 2px 12px; margin: 0 0 12px; font-size: 14px; }
dt { color: #52606d; } dd { margin: 0; }
iframe { width: 100%; height: 620px; border: 1px solid #e5e7eb; }
pre { white-space: pre-wrap; font-size: 13px; background: #f7f8fa; padding: 12px; }
"""


@dataclass(frozen=True, slots=True)
class PreviewedMail:
    """A mail that would be sent: its delivery, what it says, what is attached."""

    delivery: PlannedDelivery
    text: MailText
    attachments: tuple[str, ...]


def mails_page(mails: Sequence[PreviewedMail], sender: str) -> str:
    """Return the page."""
    articles = "\n".join(_article(one, sender) for one in mails)
    title = escape(_("Preview of the emails ({count}): nothing was sent").format(count=len(mails)))
    return (
        f'<!DOCTYPE html>\n<html lang="{current_language()}">\n<head>\n<meta charset="utf-8">\n<title>{title}</title>\n'
        f"<style>{_STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n{articles}\n</body>\n</html>\n"
    )


def _article(mail: PreviewedMail, sender: str) -> str:
    lines = (
        (_("From"), sender),
        (_("To"), "; ".join(mail.delivery.recipients)),
        (_("Copy to"), "; ".join(mail.delivery.copies)),
        (_("Subject"), mail.text.subject),
        (_("Attached"), ", ".join(mail.attachments)),
    )
    heads = "".join(f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in lines if text)
    # In a frame of its own: what a template says must not change the page around it.
    frame = f'<iframe sandbox="" srcdoc="{escape(mail.text.html, quote=True)}"></iframe>'
    plain = f"<details><summary>{escape(_('As plain text'))}</summary><pre>{escape(mail.text.text)}</pre></details>"
    return f"<article>\n<dl>{heads}</dl>\n{frame}\n{plain}\n</article>"
