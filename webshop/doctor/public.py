"""PUBLIC_URL as a shopper's browser finds it: name, certificate, answer, headers, and the way from http."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from webshop.doctor.http import Answer, NoAnswer, ask
from webshop.doctor.model import Examined, Finding, Findings, error, fine, warning

RENEWED_BEFORE = timedelta(days=14)  # Let's Encrypt's are renewed 30 days before their end
CLOCKS_DIFFER = timedelta(minutes=1)
MOVED = (301, 302, 307, 308)

NO_ANSWER = {
    "dns": (
        "nobody finds the shop",
        "add the name to your domain's DNS (A, AAAA or CNAME), or correct PUBLIC_URL",
    ),
    "connection": ("nobody reaches the shop", "start the proxy and let ports 80 and 443 through"),
    "tls": (
        "browsers refuse to open the shop, and Stripe to send events",
        "get a certificate for this name that browsers trust, with its chain; renew an old one",
    ),
    "http": ("browsers show an error", "let the proxy speak HTTP at PUBLIC_URL"),
}


def check_address(examined: Examined) -> Findings:
    url = examined.config.told_url
    if not url:
        yield error(
            "public.url",
            "PUBLIC_URL is not set",
            "shoppers are sent to http://127.0.0.1",
            "set it to the address that shoppers see, such as https://shop.example",
        )
        return
    if not url.startswith("https:"):
        yield error(
            "public.url",
            f"PUBLIC_URL is {url}, without TLS",
            "anybody on the way can read and change what shoppers see and type",
            "put a proxy with a certificate in front (docs/deploy.md), and set PUBLIC_URL to https://...",
        )
    try:
        answer = ask(f"{url}/readyz")
        page = ask(f"{url}/")
    except NoAnswer as trouble:
        why, cure = NO_ANSWER[trouble.step]
        yield error(f"public.{trouble.step}", f"{url} does not open: {trouble}", why, cure)
        return
    yield from _certificate(answer, url)
    yield from _ready(answer, url)
    yield from _page(page, url)
    yield from _headers(page, url)
    yield from _clock(page, url)


def _certificate(answer: Answer, url: str) -> Iterator[Finding]:
    if answer.valid_until is None:
        return
    left = answer.valid_until - datetime.now(UTC)
    if left < RENEWED_BEFORE:
        yield warning(
            "public.certificate",
            f"the certificate of {url} ends in {left.days} days",
            "then no browser opens the shop",
            "renew it, and see why that did not happen by itself",
        )
    else:
        yield fine("public.certificate", f"the certificate of {url} is good for {left.days} days")


def _ready(answer: Answer, url: str) -> Iterator[Finding]:
    if answer.status == 200:
        yield fine("public.ready", f"{url}/readyz answers 200")
        return
    said = answer.body[:80].decode("utf-8", "replace").strip().splitlines() if answer.status == 503 else []
    yield error(
        "public.ready",
        f"{url}/readyz answers {answer.status}{f': {said[0]}' if said else ''}",
        "the shop there cannot serve, or something else answers",
        "look at the shop's log; let PUBLIC_URL lead to the shop itself",
    )


def _page(page: Answer, url: str) -> Iterator[Finding]:
    """A browser's first request, which the shop answers only under its own name and over https."""
    to = page.headers.get("Location", "") if page.status in MOVED else ""
    leads = f", to {to}" if to else ""
    if page.status == 421 or urlsplit(to).hostname == urlsplit(url).hostname:
        yield error(
            "public.host",
            f"the shop does not know its own address: {url}/ answers {page.status}{leads}",
            "browsers are led in a circle, or refused",
            "let the proxy pass on Host as it came, and X-Forwarded-Proto: https",
        )
    elif page.status != 200:
        yield error(
            "public.page",
            f"{url}/ answers {page.status}{leads}",
            "shoppers see no shop",
            "let PUBLIC_URL be the address at which the shop answers; look at its log",
        )


def _headers(page: Answer, url: str) -> Iterator[Finding]:
    if url.startswith("https:") and not page.headers.get("Strict-Transport-Security"):
        yield warning(
            "public.hsts",
            "Strict-Transport-Security does not arrive",
            "a browser may try http first, where others can answer",
            "let the proxy leave the shop's headers alone; set PUBLIC_URL to https://... where the shop runs",
        )
    elif url.startswith("https:"):
        hsts = page.headers["Strict-Transport-Security"]
        yield fine("public.hsts", f"HSTS: {hsts}; HSTS_SECONDS makes it longer when all is well for a while")
    if "default-src 'none'" not in page.headers.get("Content-Security-Policy", ""):
        yield warning(
            "public.csp",
            "the shop's Content-Security-Policy does not arrive",
            "a script that somebody smuggles in would run",
            "let the proxy leave the shop's headers as they are",
        )


def _clock(page: Answer, url: str) -> Iterator[Finding]:
    """Of the machine that answers there, which may be another than this one."""
    try:
        theirs = parsedate_to_datetime(page.headers.get("Date", "")).astimezone(UTC)
    except ValueError:
        return
    apart = abs(datetime.now(UTC) - theirs)
    if apart > CLOCKS_DIFFER:
        yield warning(
            "public.clock",
            f"the clock of {url} and this machine's differ by {round(apart.total_seconds())} s",
            "with a wrong clock the shop refuses Stripe's events, and orders have wrong times",
            "let both machines take the time from the network (NTP)",
        )


def check_jump(examined: Examined) -> Findings:
    """Only where both are at their usual ports: nobody can know another one for http."""
    url = urlsplit(examined.config.told_url)
    if url.scheme == "https" and url.port is None:
        yield from jump(f"http://{url.netloc}/", examined.config.told_url)


def jump(from_http: str, url: str) -> Iterator[Finding]:
    """Whether who types the name without https is led to `url`."""
    cure = "let the proxy listen on port 80 and redirect to https (308)"
    try:
        answer = ask(from_http)
    except NoAnswer as trouble:
        yield warning(
            "public.jump",
            f"{from_http} does not open: {trouble}",
            "who types the name without https finds nothing",
            cure,
        )
        return
    if answer.status in MOVED and (answer.headers.get("Location") or "").startswith(f"{url}/"):
        yield fine("public.jump", f"{from_http} leads to https")
        return
    yield error(
        "public.jump",
        f"{from_http} answers {answer.status} and does not lead to {url}",
        "without https the cart's cookie is dropped by browsers, and carts stay empty",
        cure,
    )
