"""SVG: only what draws is kept, so that nothing in it runs, asks another server or leads elsewhere."""

import re
from xml.etree.ElementTree import Element, register_namespace, tostring

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from webshop.pictures.model import MOST, Broken

SVG = "http://www.w3.org/2000/svg"
XLINK = "http://www.w3.org/1999/xlink"
MOST_BYTES = 2_000_000
MOST_DRAWN = 100_000  # elements, with what <use> repeats
ELEMENTS = frozenset(
    """svg g defs symbol use switch title desc style path rect circle ellipse line polyline polygon text tspan
    textPath linearGradient radialGradient stop clipPath mask pattern marker filter feBlend feColorMatrix
    feComponentTransfer feComposite feConvolveMatrix feDiffuseLighting feDisplacementMap feDistantLight
    feDropShadow feFlood feFuncA feFuncB feFuncG feFuncR feGaussianBlur feMerge feMergeNode feMorphology
    feOffset fePointLight feSpecularLighting feSpotLight feTile feTurbulence""".split()
)
ATTRIBUTES = frozenset(
    """id class style transform viewBox preserveAspectRatio version d pathLength x y width height rx ry cx cy
    r x1 y1 x2 y2 fx fy fr points dx dy rotate textLength lengthAdjust startOffset method spacing side
    offset gradientUnits gradientTransform spreadMethod clipPathUnits maskUnits maskContentUnits
    patternUnits patternContentUnits patternTransform markerUnits markerWidth markerHeight refX refY
    orient filterUnits primitiveUnits in in2 result mode type values tableValues slope intercept
    amplitude exponent operator k1 k2 k3 k4 order kernelMatrix divisor bias targetX targetY edgeMode
    preserveAlpha surfaceScale diffuseConstant specularConstant specularExponent kernelUnitLength
    limitingConeAngle pointsAtX pointsAtY pointsAtZ z azimuth elevation scale xChannelSelector
    yChannelSelector stdDeviation radius baseFrequency numOctaves seed stitchTiles alignment-baseline
    baseline-shift clip-path clip-rule color color-interpolation color-interpolation-filters direction
    display dominant-baseline fill fill-opacity fill-rule filter flood-color flood-opacity font-family
    font-size font-size-adjust font-stretch font-style font-variant font-weight image-rendering
    isolation letter-spacing lighting-color marker marker-end marker-mid marker-start mask mask-type
    mix-blend-mode opacity overflow paint-order shape-rendering stop-color stop-opacity stroke stroke-
    dasharray stroke-dashoffset stroke-linecap stroke-linejoin stroke-miterlimit stroke-opacity
    stroke-width text-anchor text-decoration text-rendering transform-origin unicode-bidi vector-
    effect visibility word-spacing writing-mode""".split()
)
# In CSS and in attributes: what loads, escapes or calls. A url() may name a part of the same drawing.
FORBIDDEN = re.compile(
    r"\\|@import|@charset|javascript:|expression\s*\(|image-set\s*\(|-moz-binding|behavior|src\s*\(|<"
    r"|url\s*\((?!\s*[\"']?\s*#)",
    re.IGNORECASE,
)
NUMBER = re.compile(r"\s*([0-9]*\.?[0-9]+(?:e[+-]?[0-9]+)?)\s*(?:px)?\s*", re.IGNORECASE)

register_namespace("", SVG)
register_namespace("xlink", XLINK)


def clean(content: bytes) -> tuple[bytes, int, int]:
    """The drawing without anything that does not draw, its width and height, made large. Raises Broken."""
    if len(content) > MOST_BYTES:
        raise Broken("is a drawing of more than 2 MB; save it simpler, or as a photograph")
    try:
        root = fromstring(content, forbid_entities=True, forbid_external=True)
        if _name(root) != "svg":
            raise Broken("is broken, or another kind of file")
        drawing = _cleaned(root)
        _look_at_repetitions(drawing)
        width, height = _measure(drawing)
        return tostring(drawing, encoding="utf-8", xml_declaration=True), width, height
    except DefusedXmlException as error:
        raise Broken("has entities in it, which a drawing needs not; save it again as plain SVG") from error
    except (ParseError, ValueError, LookupError, RecursionError) as error:
        raise Broken("is broken, or another kind of file") from error


def _name(element: Element) -> str:
    """Of an element of SVG, without its namespace; "" of others."""
    tag = element.tag if isinstance(element.tag, str) else ""
    space, _brace, name = tag.rpartition("}")
    return name if space in ("", "{" + SVG) else ""


def _cleaned(element: Element) -> Element:
    name = _name(element)
    copy = Element(f"{{{SVG}}}{'g' if name == 'a' else name}")
    copy.text, copy.tail = _fine_text(name, element.text), element.tail
    for attribute, value in element.attrib.items():
        if _is_fine(attribute, value):
            copy.set(attribute, value)
    copy.extend(_cleaned(each) for each in element if _name(each) in ELEMENTS or _name(each) == "a")
    return copy


def _is_fine(attribute: str, value: str) -> bool:
    """A link may lead to a part of the same drawing only."""
    if attribute in ("href", f"{{{XLINK}}}href"):
        return value.startswith("#")
    return attribute in ATTRIBUTES and not FORBIDDEN.search(value)


def _fine_text(name: str, text: str | None) -> str | None:
    return "" if name == "style" and FORBIDDEN.search(text or "") else text


def _look_at_repetitions(drawing: Element) -> None:
    """A <use> of a <use> of a <use> grows without end in the browser. Raises Broken."""
    by_id = {each.get("id"): each for each in drawing.iter() if each.get("id")}
    sizes: dict[str, int] = {}

    def size(element: Element, above: tuple[str, ...]) -> int:
        total = 1 + sum(size(each, above) for each in element)
        link = (element.get("href") or element.get(f"{{{XLINK}}}href") or "")[1:]
        if _name(element) == "use" and link in by_id:
            if link in above:
                raise Broken("repeats itself without end")
            if link not in sizes:
                sizes[link] = size(by_id[link], (*above, link))
            total += sizes[link]
        return total

    if size(drawing, ()) > MOST_DRAWN:
        raise Broken(f"draws more than {MOST_DRAWN:,} things; save it simpler, or as a photograph")


def _measure(drawing: Element) -> tuple[int, int]:
    """The viewBox says the shape, else width and height. Both are written down: a browser then knows the
    size before it draws. Raises Broken."""
    box = drawing.get("viewBox", "").replace(",", " ").split()
    if len(box) != 4:
        box = ["0", "0", drawing.get("width", ""), drawing.get("height", "")]
    wide, tall = (_number(each) for each in box[2:])
    if not wide or not tall or not 1 / 20 <= wide / tall <= 20:
        raise Broken("has no viewBox that says its width and height")
    scale = MOST / max(wide, tall)
    width, height = max(1, round(wide * scale)), max(1, round(tall * scale))
    drawing.set("viewBox", f"{box[0]} {box[1]} {wide:g} {tall:g}")
    drawing.set("width", str(width))
    drawing.set("height", str(height))
    return width, height


def _number(text: str) -> float:
    match = NUMBER.fullmatch(text)
    return float(match[1]) if match else 0.0
