"""What is made of the stylesheets."""

from pathlib import Path

import pytest

from webshop.web import assets
from webshop.web.assets import Assets, smaller


@pytest.mark.parametrize(
    ("css", "small"),
    [
        (".page :is(th, td) { top: 0 }", ".page *:is(th,td){top:0}"),
        (".page :hover { top: 0 }", ".page *:hover{top:0}"),
        (".page > :last-child { top: 0 }", ".page>:last-child{top:0}"),
        (".page:hover { top: 0; }", ".page:hover{top:0}"),
        ("@media (min-width: 44rem) { a { top: 0 } }", "@media (min-width:44rem){a{top:0}}"),
        ("a { width: calc(1rem + 2px) } /* why */", "a{width:calc(1rem + 2px)}"),
    ],
)
def test_a_stylesheet_means_the_same_without_its_spaces(css: str, small: str) -> None:
    assert smaller(css.encode()).decode() == small


def test_a_page_makes_nothing_smaller_that_is_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = list[bytes]()

    def counted(text: bytes) -> bytes:
        made.append(text)
        return text

    for name in ("cssmin", "jsmin"):
        monkeypatch.setattr(assets, name, counted)
    (tmp_path / "css").mkdir()
    (tmp_path / "js").mkdir()
    (tmp_path / "css/a.css").write_text('a { src: url("../a.woff2") }')
    (tmp_path / "js/shop.js").write_text("let  its_own = 1;")
    static = Assets([tmp_path], watch=True)

    def page() -> list[str]:
        return [static.address("shop.css"), *static.fonts(), static.address("js/shop.js")]

    first = page()
    assert [page() for _each in range(3)] == [first] * 3
    assert len(made) == 2
    (tmp_path / "a.woff2").write_bytes(b"a font")
    with_font = page()
    assert with_font[0] != first[0]
    assert with_font[1].startswith("/static/a.woff2?v=")
    (tmp_path / "css/a.css").write_text("a { color: red }")
    assert page()[0] not in (first[0], with_font[0])
    assert len(made) == 3
