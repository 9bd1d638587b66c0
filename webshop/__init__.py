"""An htmx web shop: Starlette, Jinja, SQLAlchemy Core and Stripe Checkout."""

import os

__version__ = "0.1.0"

# Pydantic would look for plugins in all that is installed, at each start; the shop has none.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
