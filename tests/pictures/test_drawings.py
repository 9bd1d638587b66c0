"""SVG, cleaned of everything that does not draw."""

import re

import pytest

from tests.pictures.originals import drawing
from webshop.pictures import drawings
from webshop.pictures.model import Broken
from webshop.settings.model import ROOT

XLINK = 'xmlns:xlink="http://www.w3.org/1999/xlink"'
BOX = 'viewBox="0 0 400 300"'
EVIL = re.compile(rb"script|alert|evil|onload|onclick|onbegin|foreignObject|iframe|javascript|@import|ENTITY")

# What each adds to a drawing; nothing of it may be left.
HARM = {
    "script": "<script>alert(1)</script>",
    "script from elsewhere": '<script href="https://evil.example/x.js"/>',
    "script in another namespace": '<h:script xmlns:h="http://www.w3.org/1999/xhtml">alert(1)</h:script>',
    "script in capitals": "<SCRIPT>alert(1)</SCRIPT>",
    "script inside a part": "<g><g><defs><script>alert(1)</script></defs></g></g>",
    "handler": '<rect onload="alert(1)" onclick="alert(1)"/>',
    "handler in capitals": '<rect OnLoad="alert(1)"/>',
    "a page inside": "<foreignObject><iframe src='https://evil.example'/></foreignObject>",
    "a link": '<a href="https://evil.example"><rect/></a>',
    "a link that runs": f'<a {XLINK} xlink:href="javascript:alert(1)"><rect/></a>',
    "a link that becomes one": '<a><set attributeName="href" to="javascript:alert(1)"/></a>',
    "an animation": '<animate onbegin="alert(1)" attributeName="x" to="1"/>',
    "a picture from elsewhere": '<image href="https://evil.example/track.png"/>',
    "a picture in it": '<image href="data:image/svg+xml;base64,evil"/>',
    "a part from elsewhere": f'<use {XLINK} xlink:href="https://evil.example/x.svg#a"/>',
    "a filter from elsewhere": '<filter><feImage href="https://evil.example/x"/></filter>',
    "style from elsewhere": "<style>@import url(https://evil.example/x.css);</style>",
    "a font from elsewhere": "<style>@font-face{font-family:x;src:url(//evil.example/x)}</style>",
    "style, escaped": r"<style>@\69mport 'https://evil.example/x.css';</style>",
    "style of a part": '<rect style="fill:url(https://evil.example/#a)"/>',
    "style of a part, quoted": "<rect style=\"fill:url( 'https://evil.example/#a')\"/>",
    "a fill from elsewhere": '<rect fill="url(https://evil.example/x.svg#a)"/>',
    "another namespace": '<i:evil xmlns:i="urn:illustrator"><i:pgf>evil</i:pgf></i:evil>',
    "a base": '<rect xml:base="https://evil.example/"/>',
    "a program's words": "<?xml-stylesheet href='https://evil.example/x.css'?><!-- evil -->",
    "an event": '<handler xmlns:ev="urn:x" ev:event="load">alert(1)</handler>',
}


@pytest.mark.parametrize("name", HARM)
def test_nothing_in_it_runs_asks_or_leads_elsewhere(name: str) -> None:
    content = drawing(HARM[name])
    assert EVIL.search(content) or "SCRIPT" in HARM[name] or "ASCII" in name
    clean, width, height = drawings.clean(content)
    assert not EVIL.search(clean), clean
    assert b'<path d="M0 0h400v300H0z" fill="#c86432"' in clean
    assert (width, height) == (1600, 1200)


def test_what_draws_stays() -> None:
    fine = [
        "<title>A mug</title>",
        "<style>.a{fill:#c86432;stroke:url(#shade)}@media print{.a{fill:none}}</style>",
        '<defs><linearGradient id="shade"><stop offset="0" stop-color="red"/></linearGradient></defs>',
        '<circle class="a" cx="5" cy="5" r="2" fill="url(#shade)" style="opacity:.5"/>',
        '<clipPath id="c"><rect width="5" height="5" rx="1"/></clipPath>',
        '<g clip-path="url(#c)" transform="rotate(5)"><text x="1" y="2">Mug <tspan>blue</tspan></text></g>',
        '<use href="#part" x="5"/>',
        '<filter id="f"><feGaussianBlur stdDeviation="2"/></filter>',
    ]
    for part in fine:
        clean = drawings.clean(drawing(part))[0].decode()
        assert re.sub(r"\s+/>", "/>", part) in re.sub(r"\s+/>", "/>", clean), clean
    linked = drawings.clean(drawing(f'<g id="p"/><use {XLINK} xlink:href="#p"/>'))[0]
    assert b'xlink:href="#p"' in linked


def test_its_size_is_that_of_its_view_box() -> None:
    cases = {
        'viewBox="0 0 400 300"': (1600, 1200),
        'viewBox="0,0,24,24" width="1em"': (1600, 1600),
        'viewBox="-5 -5 1.5 3e0" width="100%" height="100%"': (800, 1600),
        'width="210px" height="297"': (1131, 1600),
    }
    for attributes, size in cases.items():
        clean, width, height = drawings.clean(drawing(attributes=attributes))
        assert (width, height) == size, attributes
        root = clean.decode().partition("?>")[2].partition(">")[0]
        assert f'width="{width}"' in root
        assert f'height="{height}"' in root
        assert "viewBox=" in root
    no_namespace = f'<svg {BOX}><path d="M0 0"/></svg>'.encode()
    assert b'xmlns="http://www.w3.org/2000/svg"' in drawings.clean(no_namespace)[0]
    for attributes in ("", 'width="100%" height="100%"', 'viewBox="0 0 0 0"', 'viewBox="0 0 1 999"'):
        with pytest.raises(Broken, match="has no viewBox that says its width and height"):
            drawings.clean(drawing(attributes=attributes))


def laughs() -> str:
    more = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    return f'<!DOCTYPE svg [<!ENTITY l0 "ha">{more}]>'


def uses() -> str:
    """Each part draws the one before it ten times."""
    more = "".join(f'<g id="u{n}">' + f'<use href="#u{n - 1}"/>' * 10 + "</g>" for n in range(1, 9))
    return f'<rect id="u0"/>{more}<use href="#u8"/>'


def test_what_cannot_be_cleaned_is_refused_in_words() -> None:
    broken, entities = "is broken, or another kind of file", "has entities in it"
    outside = '<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    cases = {
        b"": broken,
        b"\x89PNG\r\n": broken,
        b"<html><body/></html>": broken,
        b'<svg xmlns="http://www.w3.org/1999/xhtml" viewBox="0 0 1 1"/>': broken,
        drawing()[:60]: broken,
        b"<svg " + BOX.encode() + b">" + b"<g>" * 50_000 + b"</g>" * 50_000 + b"</svg>": broken,
        drawing(before=laughs(), inside="<text>&l9;</text>"): entities,
        drawing(before=outside, inside="<text>&x;</text>"): entities,
        drawing(before='<!DOCTYPE svg [<!ENTITY % x SYSTEM "https://evil.example/x.dtd"> %x;]>'): entities,
        drawing(uses()): "draws more than 100,000 things",
        drawing('<g id="a"><use href="#b"/></g><g id="b"><use href="#a"/></g>'): "repeats itself without end",
        drawing("<!--" + "x" * 2_000_000 + "-->"): "is a drawing of more than 2 MB",
        drawing(before='<?xml version="1.0" encoding="no-such"?>'): broken,
    }
    for content, words in cases.items():
        with pytest.raises(Broken, match=words):
            drawings.clean(content)


def test_a_document_type_as_drawing_programs_write_it_is_no_harm() -> None:
    kind = (
        '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">'
    )
    assert b"DOCTYPE" not in drawings.clean(drawing(before='<?xml version="1.0"?>' + kind))[0]


def test_the_drawings_of_the_demo_keep_every_stroke() -> None:
    files = sorted((ROOT / "static/img/products").glob("*.svg"))
    assert files
    for file in files:
        before, (after, width, height) = file.read_bytes(), drawings.clean(file.read_bytes())
        for part in (
            b"<path",
            b"<circle",
            b"<ellipse",
            b"<rect",
            b"<use",
            b"<linearGradient",
            b" fill=",
            b" d=",
        ):
            assert after.count(part) == before.count(part), (file.name, part)
        assert (width, height) == (1600, 1600)
