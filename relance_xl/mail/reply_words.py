"""Whose matter a mail server's refusal is, by its codes and words: providers word their limits each in their own way.

Families of words in English, French and German, not sentences; `tests/unit/test_replies.py` has what providers really say.
"""

import re
import unicodedata
from enum import Enum, auto


class Matter(Enum):
    """Whose matter a refusal is.

    QUOTA: the account has sent enough for now; LOGIN: it is not, or no longer, logged in; SENDER: what the server has
    against the sender. None of them is better for the next message. MESSAGE: of this message or its recipient.
    """

    QUOTA = auto()
    LOGIN = auto()
    SENDER = auto()
    MESSAGE = auto()


def _words(*families: str) -> re.Pattern[str]:
    return re.compile("|".join(families))


_THROTTLED = 432
_MINUTES, _HOUR, _DAY = 10, 60, 24 * 60

# Addresses and links may hold any word; what is in them says nothing. Nor does what Postfix says before any reason.
_NAMES = re.compile(r"\S*@\S*(?: recipient address rejected:)?|https?://\S+", re.IGNORECASE)

# --- The account's own limits

_PERIOD = r"(?:hour|day|minute|second|week|month|heure|jour|minute|seconde|semaine|mois|stunde|tag|woche|monat)"
# Codes that mean nothing else, and words that only a limit on sending has.
_OWN = _words(
    r"\b5\.1\.90\b",  # Microsoft 365: a day's recipients
    r"\b5\.4\.5\b",  # Gmail: a day's messages
    r"\b4\.4\.1[67]\b",  # Microsoft 365: messages or recipients a minute
    r"\b4\.7\.28\b",  # Gmail: rates
    r"\b5\.7\.(?:232|233|236)\b",  # Microsoft 365: a tenant's external recipients
    r"throttl",
    r"\bslow(?:ing)? down\b|\bralenti|langsamer",
    r"submission ?-?quota|quota de soumission",
    r"un(?:usual|usually|expected)(?:ly)? (?:high )?(?:rate|amount|volume|number|sending|activity)",
    r"\b(?:client ?submit|sender|sending|user) ?-?(?:thread|rate|message|sending|recipient)s? ?-?(?:limit|quota|rate)",
    r"\b(?:send(?:ing)?|sent|outgoing|outbound|relay|hourly|daily|smtp|mail send|message count|messaging)"
    r"[ -]?(?:e-?mails?|messages?|user|rate|volume)?[ -]?(?:sending)?[ -]?"
    r"(?:limit|quota|rate|threshold|cap\b|allowance)",
    r"\b(?:limit|quota|threshold|cap|allowance|limite|plafond|maximum|seuil)e?s? (?:for|on|of|to|de|d'|des|a l'|pour l'|sur l')"
    r" ?(?:the |your |allowed |number of )*(?:send|sent|submit|submission|outgoing|outbound|envoi|emission|expedition)",
    r"\b(?:quota|limite|plafond|debit|seuil|maximum|nombre)s? (?:maximale? |maximum |quotidien(?:ne)? |horaire |journali(?:er|ere) )?"
    r"(?:d'|d |de |des )(?:e-?mails? |messages? |courriels? |mails? )?(?:envoi|emission|expedition|envoye|emis|sortant)",
    r"(?:versand|sende|ausgangs)-?(?:limit|grenze|quote|quota|kontingent|rate|volumen|beschrankung)",
    rf"(?:per|an|each|this|par|cette|pro|je|diese[rnm]?|in (?:der|einer|this|one)) (?:last )?{_PERIOD}.*{{exceed}}",
    rf"{{exceed}}.*\b(?:per|an|each|this|a|par|cette|pro|je|diese[rnm]?|dans l'|in (?:der|einer|this|one)) ?(?:last )?{_PERIOD}",
    r"{exceed}.*\b(?:hourly|daily|today|aujourd'hui|heute|quotidien|horaire|journali|stundlich|taglich)",
    r"\b(?:hourly|daily|quotidien|horaire|journali|stundlich|taglich).*{exceed}",
    r"too many recipients from\b",  # Postfix: recipients an hour, of one client
    r"too many (?:login|auth)|(?:login|auth\w*) ?-?(?:rate|attempts?) ?-?limit|trop de (?:tentatives|connexions)",
)
_EXCEED = (
    r"(?:exceed|reached|over (?:the|your|its)\b|\bover ?limit|\bover ?quota|hit (?:the|your)|surpass|exhaust|used up|too (?:many|much|fast|quick|often)"
    r"|atteint|depass|epuis|excede|trop d|trop (?:vite|rapide)|uberschritten|ueberschritten|uberschreit|ueberschreit|erreicht|ausgeschopft|ausgeschoepft"
    r"|aufgebraucht|zu viele|zu viel|zu schnell|zu haufig)"
)
_OWN = re.compile(_OWN.pattern.replace("{exceed}", _EXCEED))
_LIMIT = _words(
    r"\b(?:quota|limit|rate|threshold|allowance|cap|plafond|seuil|debit|contingent|kontingent)",
    r"\blimite|grenze\b|\bmaxim|\bratelimit|\bcredits?\b|\bguthaben",
)
_MUCH = _words(
    r"too (?:many|much) (?:e-?|concurrent |simultaneous |parallel |smtp |new |open |bulk |unsolicited |outgoing )*"
    r"(?:mail|messag|connection|session|submission|request|deliver|transaction)",
    r"(?:send|sent|submit|connect|deliver)\w* (?:\w+ ){0,3}too (?:many|much|fast|quick|often|frequent)",
    r"too (?:fast|quickly|often|frequent)",
    r"trop (?:de|d') ?(?:e-?)?(?:mail|messag|courriel|envoi|connexion|session|requete)",
    r"(?:envoy|expedi|connect)\w* (?:\w+ ){0,3}trop (?:de|vite|rapidement|souvent)|trop (?:vite|rapidement|souvent)",
    r"zu (?:viele?|schnell\w*|haufig\w*) (?:\w+ )?(?:e-?mail|mail|nachricht|verbindung|sitzung|anfrage)",
    r"(?:e-?mail|mail|nachricht)\w* (?:\w+ ){0,3}zu (?:viel|schnell|haufig)",
    r"nombre (?:\w+ )?trop (?:important|eleve|grand)|trop grand nombre|zu (?:hohe|grosse) (?:anzahl|menge)",
    r"\brate[ -]?limit|\bratelimit|limitexceed|limit exceed",
    r"concurren\w+ (?:\w+ )*limit",
    r"reduce (?:your|the) (?:sending )?rate|wait before sending",
)
_YOU = _words(r"\b(?:you|your|vous|votre|vos|sie|ihr|ihre|ihres|account|compte|konto|sender|expediteur|absender)\b")
_SENDING = _words(
    r"\b(?:send|sent|submi|outgoing|outbound|e-?mails?\b|messages?\b|mails?\b|courriel|envo|emis|emission|expedi|sort)",
    r"versand|versend|versand|\bsend|gesendet|gesandt|nachricht|ausgehend",
)

# --- Not the account's: the recipient's mailbox, or the message itself

# Class X.2 is the recipient's mailbox, which may be over its own quota (RFC 3463 3.3).
_MAILBOX_CODE = _words(r"\b[45]\.2\.[1-9]\d*\b")
_THEIRS = _words(
    r"\bmailbox|\binbox|\bmail ?drop|\bboite|\bbal\b|postfach|mailordner",
    r"\brecipient(?:'s|s')?\b(?! (?:rate|limit|quota|per)|s? per)|destinataire|empfanger",
    r"\b(?:the|this|that) user\b|\buser (?:is|has|mail|account|quota|over)|\buser's\b|utilisateur|benutzer",
    r"account that you tried|domain policy|organization queue|\bis full\b|over quota$",
    r"storage|\bdisk|speicher|stockage|espace",
)
_GREY = _words(r"gr[ea]y-? ?list|liste grise|postgrey")
#: So many recipients of one message, not of an hour or a client.
_RECIPIENTS = _words(r"too many recipients?\b(?! (?:per|this|today|from|in the|sent|an?\b))")
_MESSAGE = _words(
    r"\bsize\b|\btaille|\bgross?e\b|too (?:big|large|long)|trop (?:gros|grand|long|volumineu)|zu (?:gross|groß|lang)|\blength\b|\blonger\b",
    r"too many (?:hops|errors|received|invalid|unknown|bad|unrecognized|junk|mime|attachments|headers|lines|dns|failed)",
    r"recipients per (?:message|mail|session|transaction|connection)",
    r"\bhop|loop|spam ?-?(?:score|level|hits|points)|\bscore\b|\bhits\b|content|contenu|inhalt|virus|malware|line length|header",
)

# --- Who sends

_LOGIN_CODE = _words(r"\b[45]\.7\.(?:8|9|11|12|30|57|139)\b")
_LOGIN_CODES = frozenset({530, 534, 535, 538})
_LOGIN_SUBJECT = (
    r"(?:authenti\w*|\bauth\b|\bsasl|\blog ?-?(?:in|on)\b|\blogged|\bsign ?-?in\b|credential|password|passphrase|\btoken|oauth"
    r"|\bsession\b|mot de passe|\bjeton|identifi(?:cation|ant|er|ez)|connecter|passwort|kennwort|anmeld|angemeldet|zugangsdaten)"
)
_LOGIN_FAULT = (
    r"(?:requir|need|must|fail|unsuccess|invalid|incorrect|wrong|bad\b|expir|revok|den(?:y|ied)|reject|refus|disabled|not\b|missing|unknown"
    r"|no longer|transition|echou|echec|invalide|incorrect|errone|requis|necessaire|obligatoire|revoqu|perim|manqu|n'est pas|pas\b"
    r"|ungultig|ungueltig|falsch|abgelaufen|erforderlich|fehlgeschlagen|notig|nicht|fehlt)"
)
_LOGIN = _words(
    rf"{_LOGIN_SUBJECT}.*{_LOGIN_FAULT}",
    rf"{_LOGIN_FAULT}.*{_LOGIN_SUBJECT}",
    r"relay(?:ing)? (?:access |is |mail )*(?:denied|not (?:allowed|permitted)|disallowed|prohibited|refus)|(?:unable|not allowed|not permitted) to relay",
    r"relais (?:refuse|interdit|non autorise)",
)
# A message's own signatures are no login, nor is what is attached to it.
_SIGNATURES = _words(
    r"\b[45]\.7\.2[0-9]\b|\bspf\b|\bdkim|\bdmarc|\barc\b|attach|piece jointe|anhang|encrypt|protected|phish|unauthenticated (?:e-?mail|message)",
)
_SENDER = _words(
    r"sender (?:address )?(?:\w+ )?(?:rejected|refused|not (?:allowed|permitted|owned|authori[sz]ed|verified)|denied|blocked)",
    r"not (?:allowed|permitted|authori[sz]ed) to send|send ?as ?denied|\b5\.7\.60\b|bad outbound sender|\b5\.1\.8\b",
    r"(?:account|user|domain|sender|sending|outgoing \w+) (?:\w+ ){0,4}(?:suspended|blocked|restricted|disabled|banned) (?:from|for|to) ?(?:send|outgoing|relay)",
    r"sending (?:\w+ ){0,4}(?:suspended|blocked|restricted|disabled|banned)|smtp ?ban|tenant has exceeded|\b5\.7\.(?:50[0-9]|705|708|750)\b",
    r"expediteur (?:\w+ ){0,3}(?:refuse|rejete|interdit|bloque|non autorise)|envois? (?:\w+ ){0,3}(?:suspendu|bloque)|absender\w* (?:\w+ ){0,3}(?:abgelehnt|gesperrt|nicht)",
)

_SHUT = (
    r"(?:suspend|disabled|deactivated|locked\b|blocked|frozen|restricted|banned|terminated|compromised"
    r"|suspendu|desactive|bloque|verrouille|restreint|resilie|compromis|gesperrt|deaktiviert|blockiert|eingeschrankt)"
)
_BETWEEN = r"(?:(?:has|have|is|was|been|currently|temporarily|now|a|ete|est|temporairement|actuellement|wurde|ist|vorubergehend|derzeit)[ :,-]+)"
_KIND_OF = r"(?:(?:e-?mail|mail|smtp|user|hosting|sending|outgoing|de messagerie|messagerie)[ -])"
_YOUR = rf"\b(?:your|votre|ihre?[snm]?) {_KIND_OF}*"
_ACCOUNT = r"(?:account|mailbox|compte|boite|e-?mail-?konto|konto|postfach)"
_YOURS = rf"{_YOUR}(?:{_ACCOUNT}|domaine?)"
_SHUT_BY_NO_RECIPIENT = rf"\b(?! (?:by|par|von) )[^.;]{{0,60}}?\b{_SHUT}(?!\w* (?:by|par|von) (?:the |le |dem )?(?:recipient|destinataire|empfanger))"
# The sender's own account, by a word that says whose it is; what the recipient has blocked is the recipient's matter.
_YOUR_ACCOUNT = _words(
    rf"{_YOURS}{_SHUT_BY_NO_RECIPIENT}",
    rf"\b{_SHUT}\w* {_YOURS}",
    r"\bservices? (?:\w+ ){0,2}(?:desactive|suspendu|bloque)",
)
# Neither a domain nor a service, which a recipient's server may block.
_YOUR_VERY_ACCOUNT = _words(rf"{_YOUR}{_ACCOUNT}{_SHUT_BY_NO_RECIPIENT}")
# Without such a word: an account that no word calls the recipient's, or this one.
_AN_ACCOUNT = _words(
    rf"(?<!\bthis )(?<!\bthat )(?<!\bthe )(?<!\bce )(?<!\ble )(?<!\bdas )(?<!\bdieses )\b(?:account|compte|konto)[ :,-]+{_BETWEEN}*{_SHUT}",
    rf"(?:\A|[\d:.;-] ?){_SHUT}\w* (?:account|compte|konto)\b",
)
# The account of an address that is named right before it: that of the recipient.
_NAMED_ACCOUNT = re.compile(
    r"\S*@\S*[\s:,-]*(?:recipient address rejected:\s*)?(?:account|compte|konto)\b", re.IGNORECASE
)
#: Of an address that does not exist or takes nothing (RFC 3463 3.2, 3.3).
_ADDRESS_CODE = _words(r"\b[45]\.1\.(?:1|2|3|6|10)\b")


def matter_of(code: int, detail: str) -> Matter:
    """Return whose matter a refusal is; of any other reply, the message's."""
    if code // 100 not in {4, 5}:
        return Matter.MESSAGE
    words = _plain(detail)
    if _RECIPIENTS.search(words) and not (_A_DAY.search(words) or _AN_HOUR.search(words)):
        return Matter.MESSAGE
    if _OWN.search(words) and not _is_login_code(code, words):
        return Matter.SENDER if _SENDER.search(words) and code // 100 == 5 else Matter.QUOTA
    if _is_login(code, words):
        return Matter.LOGIN
    if _YOUR_ACCOUNT.search(words):
        return Matter.SENDER
    if _is_theirs(words):
        return Matter.MESSAGE
    if _SENDER.search(words) or _is_an_account_shut(words, detail):
        return Matter.SENDER
    if code == _THROTTLED or _is_quota(words):
        return Matter.QUOTA
    return Matter.MESSAGE


def is_own_account(detail: str) -> bool:
    """Whether a refusal says that the account which sends is shut, by a word that says whose it is."""
    words = _plain(detail)
    return bool(_YOUR_VERY_ACCOUNT.search(words)) and not _GREY.search(words)


def pause_minutes(code: int, detail: str) -> int:
    """Return how long a limit on sending asks to wait (minutes): as it says, else as such limits are."""
    words = _plain(detail)
    told = _TOLD.search(words)
    if told:
        return max(1, round(int(told[1]) * _UNITS[told[2][0]]))
    if _A_DAY.search(words):
        return _DAY
    if _AN_HOUR.search(words):
        return _HOUR
    return _MINUTES if code == _THROTTLED or _SHORT.search(words) else _HOUR


_UNITS = {"s": 1 / 60, "m": 1.0, "h": 60.0, "d": 1440.0, "j": 1440.0, "t": 1440.0}
_TOLD = re.compile(
    r"\b(?:in|after|for|wait|dans|apres|pendant|attendre|attendez|nach|fur|within|retry in) (?:about |environ |etwa )?(\d{1,4}) ?"
    r"(s\b|sec|seconds?|secondes?|sekunden?|m\b|min|minutes?|minuten?|h\b|hours?|heures?|days?|jours?|tagen?)"
)
_A_DAY = _words(
    r"\b5\.1\.90\b|\b5\.4\.5\b|submission ?-?quota|quota de soumission",
    r"\b(?:daily|days?|today|24 ?-?h\w*|week\w*|month\w*)\b|\b(?:quotidien|journali|jour|aujourd|semaine|mensuel|mois)|\b(?:tag|taglich|taeglich|heute|woche|monat)",
)
_AN_HOUR = _words(r"hour|heure|horaire|stund")
_SHORT = _words(
    r"\b4\.4\.1[67]\b|throttl|connection|connexion|verbindung|thread|minute|second|sekunde|concurren|simultan|session|sitzung"
)


def _plain(detail: str) -> str:
    """Return a reply in small letters without accents, names and links."""
    letters = unicodedata.normalize("NFKD", _NAMES.sub(" ", detail)).replace("’", "'")
    bare = "".join(one for one in letters if not unicodedata.combining(one))
    return " ".join(bare.casefold().split())


def _is_login_code(code: int, words: str) -> bool:
    return code in _LOGIN_CODES or bool(_LOGIN_CODE.search(words))


def _is_login(code: int, words: str) -> bool:
    if _is_login_code(code, words):
        return True
    return bool(_LOGIN.search(words)) and not _SIGNATURES.search(words)


def _is_theirs(words: str) -> bool:
    """Whether a refusal is of the recipient or the message, whatever limit it names."""
    families = (_MAILBOX_CODE, _GREY, _THEIRS, _MESSAGE)
    return any(one.search(words) for one in families)


def _is_an_account_shut(words: str, detail: str) -> bool:
    """Whether an account is shut that nothing calls the recipient's: the one that sends."""
    is_named = _ADDRESS_CODE.search(words) or _NAMED_ACCOUNT.search(detail)
    return bool(_AN_ACCOUNT.search(words)) and not is_named


def _is_quota(words: str) -> bool:
    """Whether a refusal that is of nobody else names a limit, and sending."""
    if _MUCH.search(words):
        return True
    exceeded = re.search(_EXCEED, words) and _LIMIT.search(words)
    return bool(exceeded and (_SENDING.search(words) or _YOU.search(words)))
