"""Somebody without JavaScript: follows links and redirects, fills in forms by their autocomplete tokens."""

from urllib.parse import urljoin

from bs4 import BeautifulSoup, Tag
from httpx2 import Client, Response

ADA = {
    "email": "ada@example.com",
    "name": "Ada Lovelace",
    "address-line1": "1 Analytical Street",
    "address-line2": "",
    "postal-code": "10115",
    "address-level2": "Berlin",
    "country": "DE",
}
CARD = {"cc-number": "4242 4242 4242 4242", "cc-exp": "12/34", "cc-csc": "123"}


class Shopper:
    """`response` is the page that the shopper looks at, `page` the same parsed."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.response: Response

    @property
    def page(self) -> BeautifulSoup:
        return BeautifulSoup(self.response.text, "html.parser")

    @property
    def text(self) -> str:
        """The main part's text, with single spaces."""
        main = self.page.find("main")
        assert isinstance(main, Tag), self.response.text
        return " ".join(main.get_text(" ").split())

    @property
    def message(self) -> str:
        """What the status region says."""
        region = self.page.find(id="message")
        assert isinstance(region, Tag), self.response.text
        return region.get_text().strip()

    def visit(self, address: str) -> "Shopper":
        self.response = self.client.get(address, follow_redirects=True)
        return self

    def follow(self, words: str) -> "Shopper":
        """Follow the link, in the main part if it is there, whose text contains `words`."""
        for scope in (self.page.find("main"), self.page):
            assert isinstance(scope, Tag)
            for link in scope.find_all("a", href=True):
                if words in link.get_text():
                    return self.visit(urljoin(str(self.response.url), str(link["href"])))
        raise AssertionError(f"no link {words!r} on {self.response.url}")

    def submit(self, selector: str = "main form", /, **typed: str) -> "Shopper":
        """Fill in the first such form: by autocomplete token (address_line1 is address-line1) or name."""
        form = self.page.select_one(selector)
        assert form is not None, f"no {selector} on {self.response.url}: {self.response.text}"
        self.response = self.client.request(
            str(form.get("method", "get")).upper(),
            urljoin(str(self.response.url), str(form.get("action") or self.response.url)),
            data=_fill(form, {key.replace("_", "-"): value for key, value in typed.items()}),
            follow_redirects=True,
        )
        return self

    def add(self, slug: str, quantity: str = "1", sku: str = "") -> "Shopper":
        """Put a product into the cart, on its own page."""
        self.visit(f"/products/{slug}")
        return self.submit("form.buy", quantity=quantity, **({"sku": sku} if sku else {}))

    def check_out(self, **details: str) -> "Shopper":
        """From anywhere to the page that asks for a card."""
        self.visit("/checkout")
        return self.submit("main form", **{**ADA, **{k.replace("_", "-"): v for k, v in details.items()}})

    def pay(self, number: str = CARD["cc-number"]) -> "Shopper":
        """On the payment page: pay with this card."""
        return self.submit("form", **{**CARD, "cc-number": number})


def _fill(form: Tag, typed: dict[str, str]) -> dict[str, str]:
    data: dict[str, str] = {}
    for control in form.find_all(["input", "select", "textarea"]):
        name = str(control.get("name", ""))
        if not name:
            continue
        if control.get("type") == "radio" and not control.has_attr("checked"):
            continue
        data[name] = _initial(control)
        for key in (str(control.get("autocomplete", "")), name.replace("_", "-")):
            if key in typed:
                data[name] = typed[key]
    return data


def _initial(control: Tag) -> str:
    if control.name != "select":
        return str(control.get("value", ""))
    option = control.find("option", selected=True) or control.find("option")
    return str(option.get("value", "")) if isinstance(option, Tag) else ""
