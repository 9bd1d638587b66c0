"""What a browser passes over without a word in a stylesheet is named, with file and line."""

from pathlib import Path

import pytest

from webshop.design.css import check_stylesheets
from webshop.settings.model import ROOT


@pytest.mark.parametrize(
    ("css", "line", "problem"),
    [
        (".a {\n  colour red;\n}", 2, "'colour red' is no declaration such as color: red"),
        (".a {\n  color: red\n  margin: 0;\n}", 2, "'color: red' is no declaration such as color: red"),
        (".a {\n  color:;\n}", 2, "'color:' is no declaration such as color: red"),
        (".a {\n  color: var(--acent);\n}", 2, "no stylesheet names --acent; did you mean --accent?"),
        (".a {\n  color: red;\n\n.b { margin: 0; }", 1, "this { is never closed: a } is missing below"),
        (".a { color: red; }\n}", 2, "there is one } too many: nothing is open here"),
        (".a { }\n/* no end", 2, "this comment has no end: close it with */"),
    ],
)
def test_a_mistake_is_found(tmp_path: Path, css: str, line: int, problem: str) -> None:
    (tmp_path / "a.css").write_text(":root { --accent: #123456; }")
    (tmp_path / "b.css").write_text(css)
    found = check_stylesheets([tmp_path / "a.css", tmp_path / "b.css"])
    assert [(Path(each.file).name, each.line, each.problem) for each in found] == [("b.css", line, problem)]


def test_what_is_right_is_none(tmp_path: Path) -> None:
    (tmp_path / "a.css").write_text("""
        @layer a, b;
        @import "x.css";
        @layer a { :root { --a: { } ; --b: 1px } .a::after { content: "};{"; color: var(--none, red) }
        .a { background: url(data:image/svg+xml;base64,PHN2Zz4=) } .b { &:hover { top: 0 } }
        @media (width > 10rem) { .c { left: 0 } } }
        /* { ; } */
        .a { color: var(--b) }
    """)
    assert check_stylesheets([tmp_path / "a.css"]) == []
    assert check_stylesheets(sorted((ROOT / "static/css").glob("*.css"))) == []
