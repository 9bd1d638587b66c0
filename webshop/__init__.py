"""An htmx web shop: Starlette, Jinja, SQLAlchemy Core and Stripe Checkout."""

__version__ = "0.1.0"
