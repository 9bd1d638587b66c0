"""The address that a platform gives a shop, by the variables it sets: for where PUBLIC_URL says nothing."""

import re

# Render (render.com/docs/environment-variables: a URL, and a name), Railway (docs.railway.com/reference/
# variables), Heroku (devcenter.heroku.com/articles/dyno-metadata: once that is switched on), Koyeb
# (koyeb.com/docs/build-and-deploy/environment-variables). Scalingo sets none (doc.scalingo.com/platform/app/
# environment); of Dokku, Google Cloud Run and Northflank we know of none.
ADDRESSES = (
    "RENDER_EXTERNAL_URL RENDER_EXTERNAL_HOSTNAME RAILWAY_PUBLIC_DOMAIN HEROKU_APP_DEFAULT_DOMAIN_NAME "
    "KOYEB_PUBLIC_DOMAIN"
).split()
FLY_NAME = "FLY_APP_NAME"  # fly.io/docs/machines/runtime-environment; the app is at NAME.fly.dev
HOST = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")


def address(value: str) -> str:
    """ "https://shop.onrender.com" of that, or of its name alone; "" of what is no such address: nobody has
    typed it, so nobody can mend it."""
    host = value.strip().lower().removeprefix("https://").rstrip("/")
    return f"https://{host}" if HOST.fullmatch(host) else ""


def fly_address(name: str) -> str:
    return address(f"{name}.fly.dev")
