"""pages/*.md: the head, what shop.toml says in the text, and what is wrong with a file."""

from pathlib import Path

import pytest

from tests.conftest import DATA
from webshop import shop
from webshop.pages.model import OwnPage
from webshop.pages.reading import read_pages
from webshop.pages.shelf import Shelf
from webshop.settings.model import ROOT
from webshop.shop import Contact, Returns, Shop

STORE = shop.load(DATA / "shop.toml").model_copy(
    update={
        "contact": Contact(email="hello_you@pottery.example", phone="+49 341 1", hours="9 to 5"),
        "returns": Returns(days=14),
    }
)


def write(folder: Path, text: str, name: str = "about.md", head: str = 'title = "About us"') -> None:
    (folder / name).write_text(f"+++\n{head}\n+++\n\n{text}\n", encoding="utf-8")


def read(folder: Path, store: Shop = STORE) -> OwnPage:
    [page] = read_pages(folder, store)
    return page


def test_a_page_has_a_title_an_address_and_clean_html(tmp_path: Path) -> None:
    write(
        tmp_path,
        "# First\n\nTwo people. And a *wheel*.\n\n<script>x</script>\n\n[c](javascript:d)",
    )
    page = read(tmp_path)
    assert (page.slug, page.path, page.title) == ("about", "/pages/about", "About us")
    assert page.words == "Two people."
    assert "<h2>First</h2>" in page.html
    assert "<em>wheel</em>" in page.html
    assert not [each for each in ("<script", "<img", "href=") if each in page.html]
    assert (page.menu, page.footer, page.to_do, page.mistakes) == (False, "", (), ())


@pytest.mark.parametrize(
    ("fact", "html"),
    [
        ("{shop}", "<p>Test Pottery</p>"),
        ("{seller}", "<p>Test Pottery<br>\nKiln Street 1<br>\n04109 Leipzig</p>"),
        ("{seller_in_line}", "<p>Test Pottery, Kiln Street 1, 04109 Leipzig</p>"),
        (
            "{email}",
            '<p><a href="mailto:hello_you@pottery.example" rel="noopener noreferrer">'
            "hello_you@pottery.example</a></p>",
        ),
        ("{returns_days} days", "<p>14 days</p>"),
        ("{phone}, {hours}", "<p>+49 341 1, 9 to 5</p>"),
    ],
)
def test_a_page_says_what_shop_toml_says(fact: str, html: str, tmp_path: Path) -> None:
    write(tmp_path, fact)
    assert read(tmp_path).html.strip() == html


def test_delivery_is_a_table_of_zones_methods_and_prices(tmp_path: Path) -> None:
    write(tmp_path, "{delivery}")
    html = read(tmp_path, shop.load(ROOT / "shop.toml")).html
    assert html.count("<tr>") == 6
    assert html.index("Germany") < html.index("Islands")
    assert "from €4.90, free from €150.00" in html.replace("\xa0", " ")
    assert "We do not send anything there." in html


def test_what_shop_toml_does_not_say_is_to_be_filled_in(tmp_path: Path) -> None:
    write(tmp_path, "Write to {email}.")
    page = read(tmp_path, STORE.model_copy(update={"contact": Contact()}))
    assert page.to_do == ("FILL IN: contact, email, in shop.toml",)
    assert "<mark>FILL IN: contact, email, in shop.toml</mark>" in page.html


def test_what_a_starter_leaves_open_is_marked_wherever_it_stands(tmp_path: Path) -> None:
    write(
        tmp_path,
        "[[STARTER: yours]]\n\nThe court of [[FILL IN: the\ntown]].",
        head='title = "[[FILL IN: a]]"',
    )
    page = read(tmp_path)
    assert page.to_do == ("FILL IN: a", "STARTER: yours", "FILL IN: the town")
    assert page.html.count("<mark>") == 2
    assert page.words == "The court of ."


@pytest.mark.parametrize(
    ("name", "text", "mistake"),
    [
        ("a.md", "# Hello", 'pages/a.md: begins with a line +++, then title = "…", then another line +++'),
        ("a.md", "+++\ntitle = 'A'\n", None),
        ("a.md", "+++\n+++\n", 'pages/a.md: begins with a line +++, then title = "…", then another line +++'),
        ("a.md", "+++\nmenu = true\n+++\n", "pages/a.md: title is missing"),
        (
            "a.md",
            "+++\ntitle = 'A'\nfoter = 'B'\n+++\n",
            "pages/a.md: foter is no word that this file has; did you mean footer?",
        ),
        (
            "a.md",
            "+++\ntitle = 'A'\nmenu = 'yes'\n+++\n",
            "pages/a.md: menu must be true or false, without quotes",
        ),
        (
            "a.md",
            "+++\ntitle = A\n+++\n",
            "pages/a.md: line 2, column 9 cannot be read: Invalid value. Text stands in quotes, and a number "
            'has a point: title = "Mug", price = 24.00',
        ),
        (
            "a.md",
            "+++\ntitle = 'A'\n+++\n{emial}",
            "pages/a.md: {emial} is nothing that shop.toml says; did you mean {email}?",
        ),
        ("Über uns.md", "", "pages/Über uns.md: its name may have small letters, digits and hyphens alone"),
    ],
)
def test_what_is_wrong_with_a_page_is_said(name: str, text: str, mistake: str | None, tmp_path: Path) -> None:
    folder = tmp_path / "pages"
    folder.mkdir()
    (folder / name).write_text(text, encoding="utf-8")
    assert read(folder).mistakes == ((mistake,) if mistake else ())


def test_a_page_in_another_encoding_is_a_mistake(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_bytes("+++\ntitle = 'Über'\n+++\n".encode("latin-1"))
    [mistake] = read(tmp_path).mistakes
    assert mistake.endswith("a.md: is not text in UTF-8; save it in that encoding")


def test_the_starters_can_be_read_and_each_says_that_it_is_one() -> None:
    pages = read_pages(ROOT / "pages", shop.load(ROOT / "shop.toml"))
    assert {page.slug for page in pages} == set(
        "about contact imprint privacy shipping terms withdrawal".split()
    )
    assert [page.mistakes for page in pages if page.mistakes] == []
    assert {page.slug for page in pages if not page.to_do} == {
        "contact"
    }  # which says only what shop.toml does
    assert [page.slug for page in pages if page.menu] == ["about"]
    assert [page for page in pages if not page.footer] == []


def test_pages_are_read_again_while_somebody_works_on_them(tmp_path: Path) -> None:
    watched, kept = (Shelf(tmp_path, STORE, watch=watch) for watch in (True, False))
    write(tmp_path, "New.", "new.md", 'title = "New"\nfooter = "Help"\norder = 2')
    write(tmp_path, "First.", "first.md", 'title = "First"\nfooter = "Help"\norder = 1')
    write(tmp_path, "Law.", "law.md", 'title = "Law"\nfooter = "Small print"')
    assert [page.title for page in watched.own_pages()] == ["First", "New", "Law"]
    assert [(each.title, [page.slug for page in each.pages]) for each in watched.footer_columns()] == [
        ("Help", ["first", "new"]),
        ("Small print", ["law"]),
    ]
    (tmp_path / "new.md").unlink()
    assert watched.find("new") is None
    assert list(kept.own_pages()) == []
