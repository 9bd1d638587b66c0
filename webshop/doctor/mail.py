"""Mail: from whom, to whom, and whether the server lets the shop in. A mail is sent only when asked."""

import secrets
from collections.abc import Iterator
from urllib.parse import urlsplit

from webshop.doctor.model import Examined, Finding, Findings, error, fine, warning
from webshop.errors import Unavailable
from webshop.mail.smtp import Mail, Refused, Sender, SmtpServer
from webshop.settings.model import Settings
from webshop.settings.together import LOOPBACK

TIMEOUT = 5  # seconds, for each answer of the server
# RFC 2606 and 6761: nobody has a mailbox there.
NOWHERE = ("example", "test", "invalid", "localhost", "example.com", "example.net", "example.org")
# Their owners tell the world that mail of theirs comes from their own servers only.
FREE = frozenset(
    """aol.com freenet.de gmail.com gmx.de gmx.net googlemail.com hotmail.com icloud.com live.com mail.ru
    me.com outlook.com proton.me protonmail.com t-online.de web.de yahoo.com""".split()
)


def check_addresses(examined: Examined) -> Findings:
    config = examined.config
    if not config.owner_email:
        yield error(
            "mail.owner",
            "OWNER_EMAIL is not set",
            "nobody hears of orders and alarms: a refund that failed, a dispute with a deadline",
            "set it to the mailbox that you read",
        )
    elif _leads_nowhere(config.owner_email):
        yield warning(
            "mail.owner",
            f"OWNER_EMAIL is {config.owner_email}, an example",
            "nobody reads mail there",
            "set it to the mailbox that you read",
        )
    else:
        yield fine("mail.owner", "OWNER_EMAIL is set")
    yield from _sender(config)


def _sender(config: Settings) -> Iterator[Finding]:
    sender, domain = config.sender, config.sender.rpartition("@")[2].lower()
    said = "MAIL_FROM" if config.mail_from else "the sender, made of PUBLIC_URL,"
    if _leads_nowhere(sender) or domain in LOOPBACK:
        yield warning(
            "mail.sender",
            f"{said} is {sender}, an example",
            "receipts from there are taken for spam, and answers are lost",
            "set MAIL_FROM to an address of your own domain",
        )
    elif domain in FREE:
        yield warning(
            "mail.sender",
            f"{said} is {sender}, of a free mail service",
            "mailboxes refuse mail in that name from any other server (DMARC)",
            "set MAIL_FROM to an address of your own domain, with SPF and DKIM as your mail service says",
        )
    else:
        yield fine("mail.sender", f"mails come from {sender}")


def _leads_nowhere(address: str) -> bool:
    domain = address.rpartition("@")[2].lower()
    return any(domain == end or domain.endswith(f".{end}") for end in NOWHERE)


def check_server(examined: Examined) -> Findings:
    config = examined.config
    if not config.smtp_url:
        yield error(
            "mail.server",
            "SMTP_URL is not set",
            "no receipt reaches a shopper, and no alarm you",
            "set it to your mail service's smtp+starttls://user:password@host:587",
        )
        return
    server = SmtpServer(config.smtp_url, Sender(config.sender), timeout=TIMEOUT)
    try:
        encrypted = server.try_login()
    except Unavailable as trouble:
        yield error(
            "mail.server",
            f"the mail server does not let the shop in: {trouble.message}",
            "receipts wait for a day and are then given up",
            "correct SMTP_URL: name, port, user, password (@ as %40), and the kind: smtp+starttls:// or smtps://",
        )
        return
    yield fine("mail.server", "the mail server lets the shop in")
    if not encrypted and config.mails_leave_this_machine:
        yield warning(
            "mail.tls",
            "the mail server takes the password and the mails unencrypted",
            "anybody on the way can read them",
            "write smtp+starttls:// or smtps:// in SMTP_URL; take another mail service if it knows neither",
        )
    if examined.mail:
        yield _test_mail(config, server)


def _test_mail(config: Settings, server: SmtpServer) -> Finding:
    host = urlsplit(config.url).hostname
    words = f"This is the test mail that you asked for, from {config.url}. Receipts come this way."
    mail = Mail(
        config.owner_email,
        "",
        "A test mail from your shop",
        words,
        f"<p>{words}</p>",
        f"<doctor-{secrets.token_hex(8)}@{host}>",
    )
    if not config.owner_email:
        return error("mail.test", "no test mail was sent", "OWNER_EMAIL is not set", "set it")
    try:
        server.send(mail)
    except (Unavailable, Refused) as trouble:
        return error(
            "mail.test",
            f"the mail server refuses a test mail to OWNER_EMAIL: {trouble}",
            "it will refuse receipts as well",
            "look at what it says: MAIL_FROM must be an address that it lets you send from",
        )
    return fine(
        "mail.test", "a test mail is on its way to OWNER_EMAIL: look whether it arrives, and not as spam"
    )
