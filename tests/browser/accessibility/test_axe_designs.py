"""axe finds nothing in what a designer sees: every state in the gallery, mails and slips among them, and the
main pages in the other theme; light and dark."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.accessibility.axe import findings
from tests.browser.accessibility.test_narrow import MAIN
from tests.browser.server import ServedShop, place_orders, served
from tests.browser.visits import visits
from tests.pages import PAGES
from webshop.design.states.bench import Bench, State
from webshop.design.views import ALWAYS_LIGHT
from webshop.settings.model import ROOT

BENCH = Bench([ROOT / "templates"])
DARKEN = """() => new Promise(done => {
  const link = document.querySelector('link[href*="/gallery/shop.css"]');
  link.onload = done;
  link.href = '/gallery/shop.css?scheme=dark';
})"""
PARTS = (
    ("catalog", "home", "layouts"),
    ("cart", "checkout", "errors", "pages"),
    ("mail", "orders", "shared"),
)
# The elements that a page lets be seen, by their HTML and the kind of page. A part whose HTML was seen in a
# page was looked at there, where it belongs, and need not be drawn alone.
SEE = """kind => {
  window.seen ??= new Set();
  for (const each of document.querySelectorAll('body *')) {
    const visible = each.checkVisibility({visibilityProperty: true, opacityProperty: true});
    if (visible) seen.add(kind + each.outerHTML);
  }
}"""
SEEN = """([kind, html]) => {
  const main = new DOMParser().parseFromString(html, 'text/html').querySelector('main');
  const parts = [...main.childNodes].filter(each => each.nodeType !== 3 || each.data.trim()).slice(1);
  const each = parts[0]?.matches?.('ul:not([class])') ? [...parts[0].children] : parts;
  return each.length > 0 && each.every(part => window.seen?.has(kind + part.outerHTML));
}"""
MORE = {
    "a search without success",
    "no such page",
    "a page of the shop's own",
    "the payment",
    "a failure: 500",
}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedShop]:
    with served(tmp_path_factory.mktemp("gallery"), trusted_proxies=1) as shop:
        yield shop


@pytest.fixture
def phone(browser: Browser, shop: ServedShop) -> Iterator[Page]:
    # So high that what sticks to its edge lies over nothing: whoever looks for that scrolls.
    page = browser.new_page(viewport={"width": 390, "height": 4000})
    page.emulate_media(reduced_motion="reduce")
    page.goto(address(shop, BENCH.states("layouts/base.html")[0]))
    yield page
    page.close()


def address(shop: ServedShop, state: State) -> str:
    return f"{shop.url}/gallery/draw?{urlencode({'template': state.template, 'state': state.name})}"


@dataclass
class Walk:
    """Over pages first and then parts, the long ones first. `looked` counts what was not seen before."""

    page: Page
    shop: ServedShop
    looked: int = 0

    def over(self, states: Iterable[State]) -> Iterator[str]:
        drawn = [(state, text_of(self.page, self.shop, state)) for state in states]
        for state, text in sorted(drawn, key=lambda each: (is_part(each[0]), -len(each[1]))):
            kind = f"{state.style}, {state.template.startswith(ALWAYS_LIGHT)}: "
            if not (is_part(state) and self.page.evaluate(SEEN, [kind, text])):
                yield from faults_of(self.page, state, text)
                self.page.evaluate(SEE, kind)
                self.looked += 1


def is_part(state: State) -> bool:
    return bool(state.macro) or "/_" in state.template


def in_the_gallery(page: Page, shop: ServedShop, state: State) -> Iterator[str]:
    return faults_of(page, state, text_of(page, shop, state))


def faults_of(page: Page, state: State, text: str) -> Iterator[str]:
    """All rules in the light; in the dark the colours, which no style of samples changes. A layout alone has
    no heading: its pages have. Each is written into one window, where axe stays: half of the work."""
    page.set_content(text)
    is_layout = state.template.startswith("layouts/")
    for words in findings(page):
        if not (is_layout and words.startswith("page-has-heading-one ")):
            yield f"{state.template}, {state.name}: {words}"
    if not state.style and not state.template.startswith(ALWAYS_LIGHT):
        page.evaluate(DARKEN)
        for words in findings(page, "color-contrast"):
            yield f"{state.template}, {state.name}, dark: {words}"


def text_of(page: Page, shop: ServedShop, state: State) -> str:
    answer = page.request.get(address(shop, state))
    assert answer.ok, answer.url
    return answer.text()


def drawn() -> Iterator[State]:
    for template in BENCH.templates():
        if template.endswith(".html"):
            yield from BENCH.states(template)


# Three parts, which need not wait for each other: each page in the same one as what it is made of.
@pytest.mark.slow
@pytest.mark.parametrize("folders", PARTS, ids=" ".join)
def test_every_state_in_the_gallery(phone: Page, shop: ServedShop, folders: Sequence[str]) -> None:
    states = [state for state in drawn() if state.template.partition("/")[0] in folders]
    walk = Walk(phone, shop)
    assert (faults := [*walk.over(states)]) == [], "\n".join(faults)
    assert walk.looked > 80  # 350 in all three; 200 are parts that were seen in others


def test_every_state_is_in_one_of_the_parts() -> None:
    folders = [folder for part in PARTS for folder in part]
    assert sorted(folders) == sorted({state.template.partition("/")[0] for state in drawn()})


def test_a_part_is_looked_at_unless_it_was_seen_in_a_page(phone: Page, shop: ServedShop) -> None:
    """Neither where it lies folded up, nor where the page is of another kind, nor with another word in it."""
    page = (
        "<body><main><h1>A</h1><p class=a>Open</p><details><summary>B</summary><p>Shut</p></details></main>"
    )
    phone.set_content(page)
    phone.evaluate(SEE, "light ")
    alone = "<main><h1>C</h1>{}</main>"
    for part, kind, seen in (
        ("<p class=a>Open</p>", "light ", True),
        ("<p class=a>Open</p>", "dark ", False),
        ("<p class=a>Open!</p>", "light ", False),
        ("<p>Shut</p>", "light ", False),
        ("<p class=a>Open</p> and words", "light ", False),
        ("", "light ", False),
    ):
        assert phone.evaluate(SEEN, [kind, alone.format(part)]) is seen, part


def test_what_is_sent_and_printed(phone: Page, shop: ServedShop) -> None:
    """The first state of each mail, and of a packing slip."""
    first = {state.template: state for state in reversed([*drawn()])}
    papers = [first[name] for name in first if name.startswith(("mail/", "orders/packing"))]
    assert len(papers) == 11
    faults = [fault for state in papers for fault in in_the_gallery(phone, shop, state)]
    assert faults == [], "\n".join(faults)


@pytest.mark.slow
def test_the_main_pages_in_the_other_theme(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> None:
    faults: list[str] = []
    with served(tmp_path_factory.mktemp("linocut"), trusted_proxies=1, theme="linocut") as shop:
        place_orders(shop, "paid")
        with visits(browser, shop, width=390, reduced_motion="reduce") as visit:
            for state in PAGES:
                if state.name in MAIN | MORE:
                    page = visit.to(state)
                    assert "Bricolage" in page.evaluate(
                        "getComputedStyle(document.querySelector('h1')).fontFamily"
                    )
                    for scheme, only in {"light": (), "dark": ("color-contrast",)}.items():
                        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
                        faults += [f"{state.name}, {scheme}: {each}" for each in findings(page, *only)]
    assert faults == [], "\n".join(faults)


def test_words_of_a_wait_can_be_read(phone: Page, shop: ServedShop) -> None:
    """Of those that wait at once; nobody answers here. The dimmed one is the control."""
    phone.route("**/orders/**", lambda route: None)
    phone.goto(f"{shop.url}/gallery/draw?template=checkout/payment.html&state=pending")
    phone.locator(".htmx-request .button__busy").wait_for()
    assert findings(phone, "color-contrast") == []
    phone.locator("form.htmx-request").evaluate(
        "form => Object.assign(form.style, {opacity: 0.6, transition: 'none'})"
    )
    assert [words.split(" ")[0] for words in findings(phone, "color-contrast")] == ["color-contrast"]


def test_what_is_pale_in_the_dark_alone_is_found(phone: Page, shop: ServedShop) -> None:
    pale = "body { background: #222; color: #444 }"
    phone.route("**/shop.css?scheme=dark", lambda route: route.fulfill(body=pale, content_type="text/css"))
    found = [*in_the_gallery(phone, shop, BENCH.states("shared/_promises.html")[0])]
    assert found
    assert all(" dark: color-contrast (serious)" in each for each in found)
