"""What somebody changes of a live shop's looks is on the pages of each process; what is broken is not."""

import os
import shutil
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from tests.conftest import DATA, site_of
from tests.middleware.test_page_cache import MUG, processes
from webshop.looks import following
from webshop.looks.following import Following, FollowingPages
from webshop.middleware import page_cache
from webshop.settings.model import ROOT
from webshop.web import themes
from webshop.web.rendering import Renderer
from webshop.web.templates import Mistake

EARLIER = count(1_700_000_000)  # seconds of 2023: what was saved then is at rest


def save(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    at = next(EARLIER)
    os.utime(file, (at, at))


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever is asked looks. Time is never asserted."""
    monkeypatch.setattr(following, "BETWEEN_LOOKS", 0.0)
    monkeypatch.setattr(page_cache, "KNOWN_FOR", 0.0)


@pytest.fixture
def theme(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Whose layout and cart bear a mark."""
    for home in ("webshop.web.themes.THEMES", "webshop.settings.values.THEMES"):
        monkeypatch.setattr(home, tmp_path / "themes")
    assert tmp_path / "themes" == themes.THEMES
    folder = tmp_path / "themes/other"
    mark(folder, "layouts/base.html", "</body>", "PAGE-1")
    mark(folder, "cart/_slot.html", "</details>", "SLOT-1")
    save(folder / "static/css/site.css", "body { color: #010101 }")
    return folder


def mark(theme: Path, template: str, before: str, words: str) -> None:
    text = (ROOT / "templates" / template).read_text()
    save(theme / "templates" / template, text.replace(before, words + before, 1))


@pytest.fixture
def shops(theme: Path, tmp_path: Path, database_url: str) -> Iterator[tuple[TestClient, TestClient]]:
    """Two processes of a live shop in that theme, whose pages/ are in a folder of its own."""
    shutil.copy(DATA / "shop.toml", tmp_path / "shop.toml")
    shutil.copytree(DATA / "pages", tmp_path / "pages")
    with processes(tmp_path, database_url, theme="other", shop_file=tmp_path / "shop.toml") as clients:
        yield clients


Shops = tuple[TestClient, TestClient]


def seen(shops: Shops, path: str, words: str) -> list[bool]:
    """Whether each process shows them, twice: what it makes, and what it keeps."""
    return [words in shop.get(path).text for shop in shops for _again in range(2)]


ALL, NONE = [True] * 4, [False] * 4


def test_a_changed_template_is_on_kept_pages_and_on_others(shops: Shops, theme: Path) -> None:
    for path in (MUG, "/products", "/cart", "/nothing"):
        assert (path, seen(shops, path, "PAGE-1")) == (path, ALL)
    mark(theme, "layouts/base.html", "</body>", "PAGE-2")
    for path in ("/cart", "/nothing", MUG, "/products"):  # those that nobody keeps first
        assert (path, seen(shops, path, "PAGE-2")) == (path, ALL)
        assert (path, seen(shops, path, "PAGE-1")) == (path, NONE)


def test_a_changed_slot_is_on_the_pages_of_who_has_a_cart(shops: Shops, theme: Path) -> None:
    shops[0].post("/cart/lines", data={"sku": "TILES", "quantity": "1"})
    shops[1].cookies = shops[0].cookies
    assert seen(shops, MUG, "SLOT-1") == ALL
    mark(theme, "cart/_slot.html", "</details>", "SLOT-2")
    assert seen(shops, MUG, "SLOT-2") == ALL
    assert seen(shops, MUG, "SLOT-1") == NONE
    assert seen(shops, MUG, "€0.99") == ALL


def test_a_theme_s_new_template_counts_and_one_that_goes_does_not(shops: Shops, theme: Path) -> None:
    assert seen(shops, "/pages/about", "NEW") == NONE
    layout = "{% extends 'layouts/base.html' %}{% block main %}NEW{% endblock %}"
    save(theme / "templates/pages/show.html", layout)
    assert seen(shops, "/pages/about", "NEW") == ALL
    (theme / "templates/pages/show.html").unlink()
    assert seen(shops, "/pages/about", "NEW") == NONE
    assert seen(shops, "/pages/about", "PAGE-1") == ALL


def test_a_page_that_is_changed_comes_or_goes_is_followed_with_its_link(shops: Shops, tmp_path: Path) -> None:
    pages = tmp_path / "pages"
    assert seen(shops, "/pages/about", "by hand since 2037") == NONE
    save(pages / "about.md", '+++\ntitle = "About us"\nfooter = "Help"\n+++\nMade by hand since 2037.\n')
    assert seen(shops, "/pages/about", "by hand since 2037") == ALL
    save(pages / "glazes.md", '+++\ntitle = "Our glazes"\nfooter = "Help"\n+++\nOf ash.\n')
    assert seen(shops, MUG, "/pages/glazes") == ALL
    assert seen(shops, "/pages/glazes", "Of ash.") == ALL
    assert seen(shops, "/sitemaps/pages.xml", "/pages/glazes") == ALL
    (pages / "glazes.md").unlink()
    assert seen(shops, MUG, "/pages/glazes") == NONE
    assert seen(shops, "/sitemaps/pages.xml", "/pages/glazes") == NONE
    assert [shop.get("/pages/glazes").status_code for shop in shops] == [404, 404]
    pages.rename(tmp_path / "elsewhere")  # as while a folder is put in its place
    assert seen(shops, "/pages/about", "by hand since 2037") == ALL
    assert seen(shops, MUG, "/pages/about") == ALL


def test_pages_stay_as_they_were_while_something_is_wrong_with_one(
    shops: Shops, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    save(tmp_path / "pages/about.md", "no head, for the moment")
    assert seen(shops, "/pages/about", "About us") == ALL
    assert "about.md: begins with a line +++" in caplog.text
    save(tmp_path / "pages/about.md", '+++\ntitle = "Who we are"\n+++\nUs.\n')
    assert seen(shops, "/pages/about", "Who we are") == ALL


def test_a_changed_stylesheet_has_another_address(shops: Shops, theme: Path) -> None:
    addresses = [stylesheet(shop) for shop in shops]
    assert addresses[0] == addresses[1]
    assert all("#010101" in shop.get(addresses[0]).text for shop in shops)
    save(theme / "static/css/site.css", "body { color: #020202; --mark: #030303 }")
    later = [stylesheet(shop) for shop in shops]
    assert later[0] == later[1] != addresses[0]
    for shop in shops:
        answer = shop.get(later[0])
        assert "#020202" in answer.text
        assert "immutable" in answer.headers["Cache-Control"]
        assert "immutable" not in shop.get(addresses[0]).headers["Cache-Control"]
        assert colour_of_mails(shop) == "#030303"


def test_a_process_that_draws_no_page_sends_what_another_one_s_page_names(shops: Shops, theme: Path) -> None:
    drawing, sending = shops
    assert "#010101" in sending.get(stylesheet(sending)).text
    save(theme / "static/css/site.css", "body { color: #020202 }")
    answer = sending.get(stylesheet(drawing))
    assert "#020202" in answer.text
    assert "immutable" in answer.headers["Cache-Control"]


def test_browsers_hear_of_changed_rules_for_fetching_ahead(shops: Shops, theme: Path) -> None:
    for rules in ('{"prefetch": [1]}', '{"prefetch": [2]}'):
        save(theme / "static/js/prefetch.speculationrules", rules)
        for page in (shop.get(path) for shop in shops for path in (MUG, "/cart")):
            answer = shops[0].get(page.headers["Speculation-Rules"].strip('"'))
            assert (answer.text, "immutable" in answer.headers["Cache-Control"]) == (rules, True)


def colour_of_mails(shop: TestClient) -> str:
    pages = site_of(shop).pages
    return pages.environment.from_string("{{ theme.mark }}").render()


def stylesheet(shop: TestClient) -> str:
    page = shop.get(MUG).text
    return page.partition('rel="stylesheet" href="')[2].partition('"')[0]


def test_what_cannot_be_compiled_stays_as_it_was_and_somebody_hears_of_it(shops: Shops, theme: Path) -> None:
    heard: list[Mistake] = []
    for shop in shops:
        site_of(shop).pages.on_mistake = heard.append
    save(theme / "templates/layouts/base.html", "{% if %}")
    mark(theme, "cart/_slot.html", "</details>", "SLOT-2")  # saved with it
    assert seen(shops, MUG, "PAGE-1") == ALL
    assert seen(shops, MUG, "SLOT-2") == ALL
    assert {mistake.line for mistake in heard} == {1}
    assert len(heard) == 2  # once a process
    mark(theme, "layouts/base.html", "</body>", "PAGE-2")
    assert seen(shops, MUG, "PAGE-2") == ALL


def test_where_one_fails_what_the_shop_had_at_its_start_is_drawn(tmp_path: Path) -> None:
    """Also without a theme: as when templates of a later release are there, and its code is not."""
    own, heard = tmp_path / "own", list[Mistake]()
    save(own / "page.html", "<{% include 'part.html' %}>")
    save(own / "part.html", "{{ price }}")
    pages = followed(own)
    pages.on_mistake = heard.append
    assert pages.text("page.html", {"price": 12}) == "<12>"
    save(own / "part.html", "{{ price }} + {{ deposit }}")
    assert pages.text("page.html", {"price": 12}) == "<12>"
    assert [str(each) for each in heard] == [
        f"{own}/part.html, line 1: UndefinedError: 'deposit' is undefined"
    ]
    save(own / "part.html", "{{ price }} EUR")
    assert pages.text("page.html", {"price": 12}) == "<12 EUR>"
    (own / "part.html").unlink()
    assert pages.text("page.html", {"price": 12}) == "<12>"
    shutil.rmtree(own)
    assert pages.text("page.html", {"price": 12}) == "<12>"


def test_what_was_drawn_once_is_drawn_again(tmp_path: Path) -> None:
    own = tmp_path / "own"
    save(own / "page.html", "<{{ kept('part.html', price=price) }}>")
    save(own / "part.html", "{{ price }}")
    pages = followed(own)
    assert pages.once("page.html", "key", lambda: {"price": 12}) == b"<12>"
    save(own / "part.html", "{{ price }} EUR")
    assert pages.once("page.html", "key", lambda: {"price": 12}) == b"<12 EUR>"
    assert pages.text("page.html", {"price": 12}) == "<12 EUR>"


def test_a_process_that_is_forked_later_follows_what_was_changed_before(tmp_path: Path) -> None:
    """It has the templates that its parent read."""
    own = tmp_path / "own"
    save(own / "page.html", "as it was")
    followed(own)
    save(own / "page.html", "as it is")
    assert Renderer([own], {}, watch=False).text("page.html", {}) == "as it was"
    assert followed(own).text("page.html", {}) == "as it is"


def followed(folder: Path) -> FollowingPages:
    return FollowingPages([folder], {}, [folder], lambda: None)


@pytest.mark.parametrize(("at_rest", "taken"), [(0.0, 1), (1000.0, 0)])
def test_what_is_being_saved_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_rest: float, taken: int
) -> None:
    monkeypatch.setattr(following, "AT_REST", at_rest)
    takes: list[str] = []
    watch = Following([tmp_path])
    (tmp_path / "page.html").write_text("half of")
    for _each in range(3):
        watch.follow(lambda: takes.append("taken"))
    assert len(takes) == taken
    os.utime(tmp_path / "page.html", (1, 1))
    watch.follow(lambda: takes.append("taken"))
    assert len(takes) == taken + 1


def test_what_an_editor_lays_beside_a_file_and_what_is_sold_are_not_looks(tmp_path: Path) -> None:
    for folder in ("css", "pictures", "img/products", ".git"):
        (tmp_path / folder).mkdir(parents=True)
    takes: list[str] = []

    def is_taken() -> bool:
        takes.clear()
        watch.follow(lambda: takes.append("taken"))
        return bool(takes)

    watch = Following([tmp_path])
    for name in ("css/.#site.css", "css/site.css~", "pictures/a.webp", "img/products/a.jpg", ".git/a.css"):
        save(tmp_path / name, "x")
        assert (name, is_taken()) == (name, False)
    for name in ("css/site.css", "img/logo.svg"):
        save(tmp_path / name, "x")
        assert (name, is_taken(), is_taken()) == (name, True, False)


def test_who_comes_while_another_one_takes_it_goes_on(tmp_path: Path) -> None:
    watch, takes = Following([tmp_path]), list[str]()
    save(tmp_path / "page.html", "x")

    def take() -> None:
        takes.append("taken")
        watch.follow(take)

    watch.follow(take)
    assert takes == ["taken"]


def test_a_bug_while_something_is_taken_is_met_again_after_a_while_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A look at each request would fill the disk with its log."""

    def tries(seconds: float) -> int:
        monkeypatch.setattr(following, "AFTER_A_BUG", seconds)
        watch, tried = Following([tmp_path]), list[str]()
        save(tmp_path / "page.html", f"{seconds}")

        def fail() -> None:
            tried.append("once")
            raise MemoryError

        for _each in range(3):
            watch.follow(fail)
        return len(tried)

    assert tries(0.0) == 3
    following._first_seen.cache_clear()
    assert tries(1000.0) == 1
