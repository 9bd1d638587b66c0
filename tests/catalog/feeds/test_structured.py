"""Data in pages: JSON-LD by a schema of what Google asks for, and the heads of pages."""

import json
from typing import Any

from bs4 import BeautifulSoup
from jsonschema import Draft202012Validator
from starlette.testclient import TestClient

from tests.catalog.feeds.goods import GOODS, HOSTILE, MUG, sell, sell_all
from tests.web.questions import soup

SITE = "http://127.0.0.1:8000"
ADDRESS = {"type": "string", "pattern": r"^http://127\.0\.0\.1:8000/\S*$"}
AMOUNT = {"type": "string", "pattern": r"^\d+\.\d\d$"}
AVAILABILITY = {"enum": ["https://schema.org/InStock", "https://schema.org/OutOfStock"]}
EARLIER = {
    "required": ["@type", "price", "priceCurrency", "priceType"],
    "properties": {
        "@type": {"const": "UnitPriceSpecification"},
        "priceType": {"const": "https://schema.org/StrikethroughPrice"},
        "price": AMOUNT,
    },
}
OFFER = {
    "required": ["@type", "url", "priceCurrency", "availability"],
    "properties": {"url": ADDRESS, "priceCurrency": {"const": "EUR"}, "availability": AVAILABILITY},
    "oneOf": [
        {
            "required": ["price", "itemCondition"],
            "properties": {"@type": {"const": "Offer"}, "price": AMOUNT, "priceSpecification": EARLIER},
        },
        {
            "required": ["lowPrice", "highPrice", "offerCount"],
            "properties": {"@type": {"const": "AggregateOffer"}, "lowPrice": AMOUNT, "highPrice": AMOUNT},
        },
    ],
}
PRODUCT = {
    "type": "object",
    "required": ["@type", "name", "offers"],
    "properties": {
        "@type": {"const": "Product"},
        "name": {"type": "string", "minLength": 1},
        "url": ADDRESS,
        "image": {"anyOf": [ADDRESS, {"type": "array", "items": ADDRESS, "minItems": 1}]},
        "brand": {"properties": {"@type": {"const": "Brand"}}, "required": ["@type", "name"]},
        "gtin": {"pattern": r"^(\d{8}|\d{12,14})$"},
        "offers": OFFER,
    },
    "additionalProperties": {"type": "string"},
}
GROUP = {
    "required": ["@type", "name", "url", "productGroupID", "hasVariant"],
    "properties": {
        "@type": {"const": "ProductGroup"},
        "variesBy": {"type": "array", "items": {"type": "string"}},
        "hasVariant": {"type": "array", "minItems": 2, "items": PRODUCT},
    },
}
TRAIL = {
    "required": ["@type", "itemListElement"],
    "properties": {
        "@type": {"const": "BreadcrumbList"},
        "itemListElement": {
            "type": "array",
            "minItems": 1,
            "items": {
                "required": ["@type", "position", "name", "item"],
                "properties": {
                    "@type": {"const": "ListItem"},
                    "position": {"type": "integer"},
                    "item": ADDRESS,
                },
            },
        },
    },
}
ORGANIZATION = {
    "required": ["@type", "name", "url"],
    "properties": {"@type": {"const": "Organization"}, "url": ADDRESS},
}
SCHEMA = Draft202012Validator(
    {
        "type": "object",
        "required": ["@context"],
        "properties": {"@context": {"const": "https://schema.org"}},
        "oneOf": [PRODUCT, GROUP, TRAIL, ORGANIZATION],
    }
)


def data_of(page: BeautifulSoup) -> list[dict[str, Any]]:
    return [json.loads(each.get_text()) for each in page.select('script[type="application/ld+json"]')]


def meta_of(page: BeautifulSoup) -> dict[str, str]:
    return {
        str(each.get("name") or each.get("property")): str(each["content"])
        for each in page.select("meta[content]")
    }


def test_every_kind_of_product_is_told_by_the_schema(client: TestClient) -> None:
    sell_all(client)
    kinds = {}
    for path in ("/", *(f"/products/{good.slug}" for good in GOODS if not good.draft)):
        found = data_of(soup(client.get(path)))
        assert [error.message for each in found for error in SCHEMA.iter_errors(each)] == [], path
        kinds[path] = [each["@type"] for each in found]
    assert kinds == {
        "/": ["Organization"],
        "/products/mug": ["ProductGroup", "BreadcrumbList"],
        "/products/oil": ["Product", "BreadcrumbList"],
        "/products/chart": ["Product", "BreadcrumbList"],
        "/products/trap": ["Product", "BreadcrumbList"],
        "/products/cord": ["Product", "BreadcrumbList"],
    }
    assert not SCHEMA.is_valid({"@context": "https://schema.org", "@type": "Product", "name": "Mug"})


def test_variants_are_told_one_by_one_until_they_are_many(client: TestClient) -> None:
    sell_all(client)
    mug, _trail = data_of(soup(client.get("/products/mug")))
    small, large = mug["hasVariant"]
    assert (mug["productGroupID"], mug["variesBy"]) == ("mug", ["color", "size"])
    assert mug["brand"] == {"@type": "Brand", "name": "Fernhill & Sons"}
    assert mug["description"] == "Thrown by hand.\nholds tea\nand coffee"
    assert (small["sku"], small["gtin"], small["color"], small["size"]) == (
        "mug blue/S",
        "4006381333931",
        "Blue",
        "Small",
    )
    assert small["offers"] == {
        "@type": "Offer",
        "url": f"{SITE}/products/mug?variant={MUG.variants[0].mark}",
        "price": "24.00",
        "priceCurrency": "EUR",
        "availability": "https://schema.org/InStock",
        "itemCondition": "https://schema.org/NewCondition",
    }
    assert large["offers"]["availability"] == "https://schema.org/OutOfStock"
    assert large["image"] == f"{SITE}/pictures/inside.jpg/abcdef0123-640.jpg"
    cord, _trail = data_of(soup(client.get("/products/cord")))
    assert (cord["offers"]["lowPrice"], cord["offers"]["highPrice"], cord["offers"]["offerCount"]) == (
        "1.00",
        "39.00",
        40,
    )
    oil, _trail = data_of(soup(client.get("/products/oil")))
    assert (oil["offers"]["price"], oil["offers"]["priceSpecification"]["price"]) == ("17.85", "22.00")


def test_no_title_breaks_out_of_the_data(client: TestClient) -> None:
    sell_all(client)
    page = soup(client.get("/products/trap"))
    assert data_of(page)[0]["name"] == HOSTILE
    assert [script.get("src") for script in page.select("script") if not script.get("type")] == [
        script["src"] for script in page.select("script[src]")
    ]
    assert meta_of(page)["og:title"] == HOSTILE


def test_a_page_says_what_it_is_and_where(client: TestClient) -> None:
    sell(client, *GOODS)
    page = soup(client.get(f"/products/mug?variant={MUG.variants[1].mark}&utm_source=mail"))
    assert [str(link["href"]) for link in page.select("link[rel=canonical]")] == [f"{SITE}/products/mug"]
    assert meta_of(page) | {
        "description": "Thrown by hand. holds tea and coffee",
        "og:type": "product",
        "og:site_name": "Test Pottery",
        "og:title": "Harbour mug",
        "og:description": "Thrown by hand. holds tea and coffee",
        "og:url": f"{SITE}/products/mug",
        "og:locale": "en",
        "og:image": f"{SITE}/pictures/mug.jpg/0123456789-640.jpg",
        "twitter:card": "summary_large_image",
    } == meta_of(page)
    home = soup(client.get("/"))
    assert (meta_of(home)["description"], meta_of(home)["og:type"]) == ("For tests.", "website")
    assert [str(link["href"]) for link in home.select("link[rel=canonical]")] == [f"{SITE}/"]


def test_pages_of_one_person_tell_machines_nothing(client: TestClient) -> None:
    client.post("/cart/lines", data={"sku": "TILES", "quantity": "1"})
    for path in ("/cart", "/checkout"):
        page = soup(client.get(path))
        assert page.select("link[rel=canonical]") == []
        assert meta_of(page)["robots"] == "noindex"
