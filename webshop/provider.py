"""Who takes the money: Stripe, or without its keys the sandbox inside the shop."""

from dataclasses import dataclass
from typing import Protocol

from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.routing import BaseRoute, Mount, Route

from webshop.middleware.security import sandbox_policy, stripe_policy
from webshop.payments.client import Payments
from webshop.settings.model import Settings, SettingsError, check_folder

STRIPE_JS = "https://js.stripe.com/endive/stripe.js"  # belongs to the API version of the stripe package


class Background(Protocol):
    """Something that runs beside the requests while the process serves."""

    def start(self) -> None: ...
    def stop(self) -> None: ...


@dataclass(frozen=True)
class Provider:
    """`policy` is the Content-Security-Policy of pages on which its scripts run. `routes` and `background`
    are what the sandbox needs to run inside the shop, `panel` is the link with which its owner gets in."""

    payments: Payments
    policy: str
    routes: tuple[BaseRoute, ...] = ()
    background: tuple[Background, ...] = ()
    panel: str = ""


def create_provider(config: Settings) -> Provider:
    """Raises SettingsError for a sandbox whose file cannot be used."""
    return _sandbox(config) if config.is_demo else _stripe(config)


def _stripe(config: Settings) -> Provider:
    base = config.stripe_api_base
    payments = Payments(
        config.stripe_secret_key,
        config.stripe_publishable_key,
        config.webhook_secrets,
        script=f"{base}/stripe.js" if base else STRIPE_JS,
        api_base=base,
    )
    return Provider(payments, sandbox_policy(base) if base else stripe_policy())


def _sandbox(config: Settings) -> Provider:
    # Imported here, so that a shop with Stripe's keys does not even load it.
    from webshop.sandbox.client import SandboxHTTPClient
    from webshop.sandbox.core import PUBLISHABLE_KEY, SECRET_KEY, Sandbox
    from webshop.sandbox.delivery import Delivery
    from webshop.sandbox.web import create_app

    check_folder(config.data_dir)
    file = config.data_dir / "sandbox.sqlite3"
    try:
        sandbox = Sandbox(
            file,
            base_url=f"{config.url}/sandbox",
            webhook_url=f"{config.url}/stripe/webhook",
            mails=config.data_dir / "mail",
        )
    except OSError as error:
        words = f"{file} cannot be used ({error}); put it away, or name another folder"
        raise SettingsError([f"DATA_DIR: {words}"]) from error
    payments = Payments(
        SECRET_KEY,
        PUBLISHABLE_KEY,
        [sandbox.webhook_secret],
        script="/sandbox/stripe.js",
        http_client=SandboxHTTPClient(sandbox),
    )
    routes = (
        Route("/sandbox", lambda _request: RedirectResponse("/sandbox/")),
        Mount("/sandbox", create_app(sandbox, for_owner=True)),
    )
    panel = f"{sandbox.base_url}/?token={sandbox.panel_token}"
    return Provider(payments, sandbox_policy(config.url), routes, (Delivery(sandbox),), panel)


def payments_of(request: Request) -> Payments:
    """The way to the money for the views that ask about it."""
    payments: Payments = request.app.state.payments
    return payments
