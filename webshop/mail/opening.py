"""The shop's letters, joined from its settings."""

from webshop.mail.letters import Letters
from webshop.mail.smtp import Folder, NoServer, Postbox, Sender, SmtpServer
from webshop.settings.model import Settings
from webshop.shop import Shop
from webshop.web.rendering import Renderer
from webshop.web.signing import Signatures


def open_letters(config: Settings, store: Shop, pages: Renderer) -> Letters:
    """A demo's go to a folder, and further only where the owner has a mail server."""
    sender = Sender(config.sender, store.name)
    return Letters(
        _postbox(config, sender),
        pages,
        Signatures(config.secret_keys),
        config.url,
        config.owner_email,
        store.language,
        zone=store.zone,
        reaches_people=bool(config.smtp_url),
        folder=_folder(config, sender) if config.is_demo and config.mails_leave_this_machine else None,
        answers_to=store.contact.email,
    )


def _postbox(config: Settings, sender: Sender) -> Postbox:
    server = SmtpServer(config.smtp_url, sender) if config.smtp_url else None
    if config.is_demo:
        return _folder(config, sender, onward=server)
    return server or NoServer()


def _folder(config: Settings, sender: Sender, onward: Postbox | None = None) -> Folder:
    return Folder(config.data_dir / "mail", sender, onward)
