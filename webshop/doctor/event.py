"""An event signed as Stripe would, sent to the shop's public address; and one that is forged."""

import json
import secrets
from collections.abc import Iterator
from http.cookies import CookieError, SimpleCookie
from typing import Any

from webshop.doctor.http import Answer, NoAnswer, ask
from webshop.doctor.model import Examined, Finding, Findings, error, fine, warning
from webshop.payments.webhook.endpoint import PATH, examination
from webshop.settings.model import Settings


def check_event(examined: Examined) -> Findings:
    config = examined.config
    if not config.told_url or not config.webhook_secrets:
        return
    try:
        answer = _send(config, config.webhook_secrets[0])
        forged = _send(config, f"whsec_{secrets.token_hex(24)}")
    except NoAnswer as trouble:
        yield error(
            "webhook.event",
            f"a test event does not reach {config.told_url}{PATH}: {trouble}",
            "Stripe's events do not either",
            "look at what is said of PUBLIC_URL",
        )
        return
    yield from _judge(config, answer, forged)


def _send(config: Settings, secret: str) -> Answer:
    """The forged one has the same form, so that nothing but the signature is to blame."""
    body, signature = examination(secret)
    headers = {"Content-Type": "application/json", "Stripe-Signature": signature}
    return ask(f"{config.told_url}{PATH}", "POST", body, headers)


def _judge(config: Settings, answer: Answer, forged: Answer) -> Iterator[Finding]:
    if forged.status != 400:
        yield error(
            "webhook.forged",
            f"a forged event is answered {forged.status}, not 400",
            "what answers there does not look at signatures, or is not this shop",
            "let PUBLIC_URL lead to this shop, and nothing on the way answer for it",
        )
    if answer.status != 200:
        yield error("webhook.event", f"a test event is answered {answer.status}, not 200", *_refusal(answer))
        return
    seen = _seen(answer)
    if seen is None:
        yield error(
            "public.shop",
            "what answers at PUBLIC_URL is not this version of this shop",
            "it takes the event, and does not know the doctor",
            "deploy this version first, or run the doctor of the one that is deployed",
        )
        return
    yield fine("webhook.event", "a test event is let in, a forged one is not")
    yield from _shop(config, seen)
    yield from _proxies(seen)
    yield from _cookie(config, answer)


def _refusal(answer: Answer) -> tuple[str, str]:
    """Why, and the cure."""
    if answer.status == 400:
        return (
            "the shop there has another STRIPE_WEBHOOK_SECRET than this environment",
            "set the endpoint's secret from Stripe's dashboard in both, and restart the shop",
        )
    if answer.status in (301, 302, 303, 307, 308):
        return (
            f"it leads on to {answer.headers.get('Location', 'nowhere')}, and Stripe does not follow",
            "set PUBLIC_URL to the address at the end of the way, and the endpoint too",
        )
    return (
        "Stripe's events are not taken either",
        "let PUBLIC_URL lead to this shop, and let nothing (a firewall, a login) answer before it",
    )


def _seen(answer: Answer) -> dict[str, Any] | None:
    try:
        seen = json.loads(answer.body)
    except ValueError:
        return None
    expected = {"release": str, "mode": str, "url": str, "proxies": int, "hops": int}
    if isinstance(seen, dict) and all(isinstance(seen.get(name), kind) for name, kind in expected.items()):
        return seen
    return None


def _shop(config: Settings, seen: dict[str, Any]) -> Iterator[Finding]:
    if seen["release"] != config.release:
        yield warning(
            "public.release",
            f"the shop there is {seen['release']}, and this is {config.release}",
            "what the doctor says may not be true of it",
            "deploy this release, or run the doctor of the one that is deployed",
        )
    else:
        yield fine("public.release", f"it is this shop, {seen['release']}")
    for name, theirs, ours in (("mode", seen["mode"], config.mode), ("address", seen["url"], config.url)):
        if theirs != ours:
            yield error(
                f"public.{name}",
                f"the shop there says that its {name} is {theirs}, and here it is {ours}",
                "it runs with other settings than this environment has",
                "let both have the same settings, and restart the shop",
            )


def _proxies(seen: dict[str, Any]) -> Iterator[Finding]:
    proxies, hops = seen["proxies"], seen["hops"]
    if hops == proxies:
        yield fine("public.proxies", f"proxies before the shop: {proxies}, as TRUSTED_PROXIES says")
        return
    why = "all visitors have the proxy's address, and share its limits"
    if proxies > hops:
        why = "anybody can write an address of their choice into X-Forwarded-For, and evade limits"
    yield warning(
        "public.proxies",
        f"the request came through {hops} proxies that tell their visitors, and the shop counts on {proxies}",
        why,
        f"set TRUSTED_PROXIES={hops}, if all of them are yours or your platform's",
    )


def _cookie(config: Settings, answer: Answer) -> Iterator[Finding]:
    """The flags that the cart's cookie has when it arrives."""
    lines = [line for line in answer.headers.get_all("Set-Cookie", []) if "cart=" in line.partition(";")[0]]
    jar: SimpleCookie = SimpleCookie()
    try:
        jar.load(lines[0] if lines else "")
    except CookieError:
        jar.clear()
    if len(jar) != 1:
        yield error(
            "public.cookie",
            "the cart's cookie does not arrive",
            "carts stay empty",
            "let the proxy pass Set-Cookie on as it is",
        )
        return
    [(name, cookie)] = jar.items()
    wanted = {
        "Secure": cookie["secure"],
        "HttpOnly": cookie["httponly"],
        "SameSite=Lax": _is_lax(cookie["samesite"]),
    }
    wanted["__Host-"] = name.startswith("__Host-")
    wanted["Path=/"] = cookie["path"] == "/" and not cookie["domain"]
    missing = [flag for flag, there in wanted.items() if not there]
    if missing:
        yield error(
            "public.cookie",
            f"the cart's cookie comes without {', '.join(missing)}",
            "others can read or set it, or browsers drop it and carts stay empty",
            "set PUBLIC_URL to https://... where the shop runs, and let the proxy leave cookies as they are",
        )
    else:
        yield fine("public.cookie", "the cart's cookie is Secure, HttpOnly, SameSite=Lax and __Host-")


def _is_lax(text: str) -> bool:
    return text.lower() == "lax"
