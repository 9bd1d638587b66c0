"""What the scanner reports and is right as it is. None of it is ignored: each is proven where it was."""

from collections.abc import Callable, Mapping, Sequence

from httpx2 import Client

from tests.attack.findings import Finding
from tests.attack.judge import House, may_be_framed_by

ANOTHER_SITE: list[Mapping[str, str]] = [
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
]


def unproven(house: House, client: Client, found: Sequence[Finding]) -> list[Finding]:
    """What is left of the scanner's findings."""
    return [each for each in found if each.kind not in PROOFS or not PROOFS[each.kind](house, client, each)]


def _refuses_other_sites(_house: House, client: Client, finding: Finding) -> bool:
    """No form has a token, because browsers say where a request comes from."""
    head, _blank, body = finding.how.replace("\r\n", "\n").partition("\n\n")
    method, address = head.split()[:2]
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    return all(
        client.request(method, address, content=body.encode(), headers={**kind, **site}).status_code == 403
        for site in ANOTHER_SITE
    )


def _is_plain_http(house: House, _client: Client, _finding: Finding) -> bool:
    """Over HTTP a Secure cookie would never come back. Over HTTPS each is Secure, or it is a finding."""
    return not house.https


def _is_framed_by_the_shop_alone(house: House, client: Client, finding: Finding) -> bool:
    policy = client.get(finding.place).headers.get("content-security-policy", "")
    return may_be_framed_by(policy) <= {"'none'", "'self'", *house.origins}


PROOFS: dict[str, Callable[[House, Client, Finding], bool]] = {
    "Cross Site Request Forgery": _refuses_other_sites,
    "Secure Flag cookie": _is_plain_http,
    "Clickjacking Protection": _is_framed_by_the_shop_alone,
}
