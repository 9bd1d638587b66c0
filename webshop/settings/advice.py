"""What is no mistake, but nothing that a shop for real money should be without."""

from webshop.settings.mode import ShopMode
from webshop.settings.model import Settings


def what_a_live_shop_lacks(config: Settings) -> list[str]:
    """A sentence for each, with the cure. It sells on: a receipt that waits is less than an order that is not
    taken. In other modes nothing is missing."""
    if config.mode is not ShopMode.LIVE:
        return []
    found = []
    if not config.smtp_url:
        found.append(
            "SMTP_URL: missing, so no shopper gets a receipt; set it to your mail provider's server, as "
            ".env.example shows"
        )
    if not config.owner_email:
        found.append(
            "OWNER_EMAIL: missing, so nobody hears of orders and alarms; set it to the address that you read"
        )
    if not (config.database_url or config.sqlite_is_kept):
        found.append(
            f"DATABASE_URL: missing, so paid orders are in a file in {config.data_dir} and nowhere else; set "
            "it to PostgreSQL, or SQLITE_IS_KEPT=1 if that disk stays"
        )
    return found
