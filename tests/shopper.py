"""Somebody without JavaScript: follows links and redirects, fills in forms by their autocomplete tokens."""

from functools import lru_cache
from urllib.parse import urljoin

from bs4 import BeautifulSoup, Tag
from httpx2 import Client, Response

from tests.people import CARD, TYPED


class Shopper:
    """`response` is the page that the shopper looks at, `page` the same parsed."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.response: Response

    @property
    def page(self) -> BeautifulSoup:
        return parse(self.response.text)

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

    def submit(self, selector: str = "main form", /, *, press: str = "", **typed: str) -> "Shopper":
        """Fill in the first such form: by autocomplete token (address_line1 is address-line1) or name.
        `press` is the text of another button than the form's first one."""
        form = self.page.select_one(selector)
        assert form is not None, f"no {selector} on {self.response.url}: {self.response.text}"
        data = _fill(form, {key.replace("_", "-"): value for key, value in typed.items()})
        data |= _pressed(form, press) if press else {}
        method = str(form.get("method", "get")).upper()
        address = urljoin(str(self.response.url), str(form.get("action") or self.response.url))
        query, body = (data, None) if method == "GET" else (None, data)
        self.response = self.client.request(method, address, params=query, data=body, follow_redirects=True)
        return self

    def add(self, slug: str, quantity: str = "1", sku: str = "") -> "Shopper":
        """Put a product into the cart, on its own page."""
        self.visit(f"/products/{slug}")
        return self.submit("form.buy", quantity=quantity, **({"sku": sku} if sku else {}))

    def work_out(self, **details: str) -> "Shopper":
        """On the checkout: fill in `details` and ask for shipping and total again."""
        return self.submit("main form", press="Work out shipping and total again", **details)

    def ask_for_quote(self, **details: str) -> "Shopper":
        """From anywhere to the checkout, filled in, with what it costs to send the cart there. What a country
        or method offers can be chosen when the page shows it, and that is later than the country itself."""
        self.visit("/checkout")
        typed = {**TYPED, **{key.replace("_", "-"): value for key, value in details.items()}}
        choices = {name: typed.pop(name) for name in ("region", "shipping-method") if name in typed}
        self.work_out(**typed)
        return self.work_out(**choices) if choices else self

    def check_out(self, **details: str) -> "Shopper":
        """From anywhere to the page that asks for a card."""
        if details.keys() & {"country", "postal_code", "region", "shipping_method"}:
            return self.ask_for_quote(**details).submit("main form")
        self.visit("/checkout")
        return self.submit("main form", **{**TYPED, **{k.replace("_", "-"): v for k, v in details.items()}})

    def pay(self, number: str = CARD["number"]) -> "Shopper":
        """On the payment page: pay with this card."""
        return self.submit("form", **{"cc-number": number, "cc-exp": CARD["expiry"], "cc-csc": CARD["cvc"]})


@lru_cache(maxsize=8)  # a page is looked at more than once, and never written into
def parse(html: str) -> BeautifulSoup:
    return BeautifulSoup(html, "html.parser")


def _fill(form: Tag, typed: dict[str, str]) -> dict[str, str]:
    data: dict[str, str] = {}
    for control in form.find_all(["input", "select", "textarea"]):
        name = str(control.get("name", ""))
        if not name:
            continue
        if control.get("type") in ("radio", "checkbox") and not control.has_attr("checked"):
            continue
        data[name] = _initial(control)
        for key in (str(control.get("autocomplete", "")), name.replace("_", "-")):
            if key in typed:
                assert _can_be(form, control, typed[key]), f"no {name} {typed[key]!r} to choose in {form}"
                data[name] = typed[key]
    return data


def _can_be(form: Tag, control: Tag, value: str) -> bool:
    """Anything can be typed, but only what is there can be chosen."""
    if control.name == "select":
        choices = control.find_all("option")
    elif control.get("type") == "radio":
        choices = form.find_all("input", attrs={"name": str(control["name"])})
    else:
        return True
    return value in (str(choice.get("value", "")) for choice in choices)


def _pressed(form: Tag, words: str) -> dict[str, str]:
    """What the button with this text adds to the form's data."""
    for button in form.find_all("button"):
        if button.get_text().strip() == words:
            return {str(button["name"]): str(button["value"])}
    raise AssertionError(f"no button {words!r} in {form}")


def _initial(control: Tag) -> str:
    if control.name != "select":
        return str(control.get("value", ""))
    option = control.find("option", selected=True) or control.find("option")
    return str(option.get("value", "")) if isinstance(option, Tag) else ""
