"""Markdown, as owners and importers write it: what survives, and what does not."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.shopper import parse
from webshop.markdown import REL, TOP_LEVEL, _html, _parser, first_sentence, plain, to_html, to_parts
from webshop.settings.model import ROOT

WRITTEN = """# Care
## By hand

Wash it **by hand**, *gently*.

| Size | Holds |
|------|-------|
| S    | 200 ml |

- one
- two

More:

    not code, only set in

[our guide](https://example.com/care) ~~old~~
"""


def test_lists_tables_bold_and_links_survive_and_headings_are_below_the_pages_own() -> None:
    html = to_html(WRITTEN)
    for part in (
        "<h3>Care</h3>",
        "<h4>By hand</h4>",
        "<strong>by hand</strong>",
        "<em>gently</em>",
        "<td>200 ml</td>",
        "<li>one</li>",
        "<s>old</s>",
        '<a href="https://example.com/care" rel="nofollow noopener noreferrer">our guide</a>',
    ):
        assert part in html, part
    assert "<code>" not in html


def test_nothing_that_is_written_does_harm() -> None:
    for text in (
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "![x](https://evil.example/pixel.png)",
        "[x](javascript:alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "<javascript:alert(1)>",
        '[x](https://a.example "" onmouseover="alert(1)")',
        "<style>*{display:none}</style>",
        "| <iframe src=//evil.example> |\n|---|\n| x |",
        "```\n</code></pre><script>alert(1)</script>\n```",
        "#" * 7 + " too deep",
    ):
        html = str(to_html(text))
        for tag in ("<script", "<img", "<style", "<iframe", 'href="javascript', 'href="data', "<h1", "<h2"):
            assert tag not in html, (text, html)
        attributes = {name for tag in parse(html).find_all(True) for name in tag.attrs}
        assert attributes <= {"href", "rel", "title"}, html


def test_old_plain_text_is_paragraphs() -> None:
    assert str(to_html("Holds tea.\n\nAlso coffee & more.")) == (
        "<p>Holds tea.</p>\n<p>Also coffee &amp; more.</p>\n"
    )


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("Holds tea. Also coffee.", "Holds tea."),
        ("# A mug\n\n**Holds** [tea](https://x.example), 9.5 cm. More.", "Holds tea, 9.5 cm."),
        ("- one\n- two", "one two"),
        ("", ""),
        ("word " * 60, "word " * 38 + "word…"),
    ],
)
def test_a_missing_summary_is_the_first_sentence(text: str, sentence: str) -> None:
    assert first_sentence(text) == sentence
    assert plain("a\n  b") == "a b"


def test_the_upper_headings_cut_a_text_into_parts() -> None:
    text = "One.\n\n## Care & *use*\n\nTwo.\n\n### Oven\n\n> # Quoted\n\n# Size\n"
    assert [(part.title, part.html.replace("\n", "")) for part in to_parts(text)] == [
        ("", "<p>One.</p>"),
        ("Care & use", "<p>Two.</p><h5>Oven</h5><blockquote><h3>Quoted</h3></blockquote>"),
        ("Size", ""),
    ]
    assert [part.title for part in to_parts("# Care\nTwo.")] == ["Care"]
    assert to_parts("") == ()
    assert "<script" not in to_parts("<script>x</script>\n# <script>")[0].html


WITHOUT_THE_PARSER = """
import sys
from webshop.markdown import to_html
print(to_html(sys.argv[1]), "markdown_it" in sys.modules)
"""


@pytest.mark.parametrize(
    ("text", "html", "is_parsed"),
    [
        ("Thrown in Leipzig. Made to be used!", "<p>Thrown in Leipzig. Made to be used!</p>", False),
        ("Two lines,\n20 € each.", "<p>Two lines,\n20 € each.</p>", True),
        (
            "Two lines,\neach 20 €.\n\nMore – or not.\n",
            "<p>Two lines,\neach 20 €.</p>\n<p>More – or not.</p>",
            False,
        ),
        ("A *soft* word", "<p>A <em>soft</em> word</p>", True),
        ("A _soft_ word", "<p>A <em>soft</em> word</p>", True),
        ("One\n- two", "<p>One</p>\n<ul>\n<li>two</li>\n</ul>", True),
        ("One\n---", "<h4>One</h4>", True),
        ("One  \ntwo", "<p>One<br>\ntwo</p>", True),
        ("Clay & glaze", "<p>Clay &amp; glaze</p>", True),
    ],
)
def test_paragraphs_of_nothing_but_words_need_no_parser(text: str, html: str, is_parsed: bool) -> None:
    command = [sys.executable, "-c", WITHOUT_THE_PARSER, text]
    done = subprocess.run(command, cwd=ROOT, env={"PYTHONPATH": str(ROOT)}, capture_output=True, check=True)
    assert done.stdout.decode() == f"{html}\n {is_parsed}\n"


@given(
    st.lists(st.sampled_from(["a", "Öl", "7", " ", "  ", "\n", *"-.:,'’(!€_*#>|=+&~`[<\\\t\xa0\r\x0c"])).map(
        "".join
    )
)
def test_words_alone_are_what_the_parser_makes_of_them(text: str) -> None:
    assert to_html(text) == _html(_parser().parse(text), TOP_LEVEL, REL)
