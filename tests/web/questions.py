"""What every page is asked: with htmx and without, from a browser or not."""

from bs4 import BeautifulSoup, Tag
from httpx2 import Response

from tests.shopper import parse

HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}
HISTORY = {"HX-Request": "true", "HX-Request-Type": "full"}
PLAIN: dict[str, str] = {}
BOTH = [PLAIN, HTMX]


def is_page(response: Response) -> bool:
    return response.text.startswith("<!doctype html>")


def soup(response: Response) -> BeautifulSoup:
    return parse(response.text)


def element(response: Response, selector: str) -> Tag:
    found = soup(response).select_one(selector)
    assert found is not None, f"no {selector} in {response.text}"
    return found


def words(response: Response, selector: str) -> str:
    """The element's text with single spaces."""
    return " ".join(element(response, selector).get_text(" ").split())


def said(response: Response) -> str:
    """The sentence for the status region, on a page or beside a fragment."""
    selector = "#message" if is_page(response) else 'hx-partial[hx-target="#message"]'
    return words(response, selector)


def has_vary(response: Response) -> bool:
    vary = response.headers.get("vary", "")
    return "HX-Request" in vary and "HX-Request-Type" in vary
