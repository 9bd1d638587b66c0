"""What holds for every page: headers, cookies, other sites, hostile text, hostile bytes."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from tests.conftest import make_config, site_of, state_of
from tests.keys import KEY
from tests.people import FORM
from tests.shopper import Shopper
from tests.web.questions import BOTH, HTMX, element, is_page, soup, words
from webshop.app import create_app
from webshop.catalog import load as catalogue
from webshop.catalog import queries as products
from webshop.catalog.model import Catalogue, Picture, mark_of

STRICT = (
    "default-src 'none'; script-src 'self'; frame-src 'self'; connect-src 'self'; img-src 'self'; "
    "form-action 'self'; style-src 'self'; font-src 'self'; manifest-src 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
URLENCODED = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture
def secure(tmp_path: Path) -> Iterator[TestClient]:
    """A shop that shoppers reach over HTTPS."""
    app = create_app(make_config(tmp_path, public_url="https://shop.example"))
    client = TestClient(app, base_url="https://shop.example", follow_redirects=False)
    db = site_of(client).db
    yield client
    db.engine.dispose()


# Headers


def of_every_kind(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> dict[str, Response]:
    """An answer of each kind there is, by a name that begins with its status."""
    post = client.post

    def crash(*_args: object) -> Response:
        raise RuntimeError("a bug")

    answers = {
        "200 page": client.get("/"),
        "200 fragment": client.get("/cart", headers=HTMX),
        "200 health": client.get("/healthz"),
        "200 style": client.get("/static/shop.css"),
        "200 script": client.get("/static/js/shop.js"),
        "303": post("/cart/lines", data={"sku": "TILES", "quantity": "1"}, follow_redirects=False),
        "403": post("/cart/lines", headers={"Sec-Fetch-Site": "cross-site"}),
        "404": client.get("/nothing"),
        "404 static": client.get("/static/nothing.css"),
        "404 order": client.get("/orders/x"),
        "405": post("/"),
        "409": post("/cart/lines", data={"sku": "VASE", "quantity": "2"}),
        "413": post("/cart/lines", content=b"x" * 100_000, headers=URLENCODED),
        "422": post("/cart/lines", data={"sku": "TILES", "quantity": "x"}),
        "400": post("/stripe/webhook", content=b"x"),
    }
    monkeypatch.setattr("webshop.catalog.views.list_sections", crash)
    answers["500"] = client.get("/")
    answers["500 fragment"] = client.get("/", headers=HTMX)
    return answers


def test_every_answer_carries_the_security_headers(config: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    client = TestClient(create_app(config), base_url="http://127.0.0.1:8000", raise_server_exceptions=False)
    db = site_of(client).db
    for name, answer in of_every_kind(client, monkeypatch).items():
        assert str(answer.status_code) == name[:3], name
        headers = answer.headers
        assert headers["x-content-type-options"] == "nosniff", name
        assert headers["x-frame-options"] == "DENY", name
        assert headers["referrer-policy"] == "same-origin", name
        assert headers["permissions-policy"] == "camera=(), geolocation=(), microphone=()", name
        assert headers["cross-origin-opener-policy"] == "same-origin-allow-popups", name
        assert "unsafe" not in headers["content-security-policy"], name
        assert "frame-ancestors 'none'" in headers["content-security-policy"], name
        assert "strict-transport-security" not in headers, name
        assert "server" not in headers, name
        if name not in ("409", "422", "200 fragment"):
            assert headers["content-security-policy"] == STRICT, name
    db.engine.dispose()


def test_a_bug_tells_nothing_of_itself(config: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    client = TestClient(create_app(config), raise_server_exceptions=False)
    db = site_of(client).db
    answers = of_every_kind(client, monkeypatch)

    for name in ("500", "500 fragment"):
        assert "Something went wrong on our side." in answers[name].text
        assert "a bug" not in answers[name].text
        assert "Traceback" not in answers[name].text
    assert is_page(answers["500"])
    db.engine.dispose()


def test_only_the_pages_that_lead_to_a_payment_let_the_payment_in(shopper: Shopper) -> None:
    shopper.add("tiles")
    for path, lets_in in {"/": False, "/products/bowl": False, "/cart": False, "/checkout": True}.items():
        policy = shopper.visit(path).response.headers["content-security-policy"]
        assert (policy != STRICT) == lets_in, path
        assert "'unsafe" not in policy
        assert "default-src 'none'" in policy


def test_with_stripes_keys_the_payment_pages_let_in_stripe_and_nobody_else(tmp_path: Path) -> None:
    config = make_config(
        tmp_path,
        public_url="https://shop.example",
        secret_keys=KEY,
        stripe_secret_key="sk_test_1",
        stripe_publishable_key="pk_test_1",
        stripe_webhook_secret="whsec_1",
    )
    client = TestClient(create_app(config), base_url="https://shop.example")
    client.post("/cart/lines", data={"sku": "TILES", "quantity": "1"})
    policy = client.get("/checkout").headers["content-security-policy"]
    hosts = {word for part in policy.split(";") for word in part.split()[1:] if "://" in word}

    assert hosts == {
        "https://js.stripe.com",
        "https://*.js.stripe.com",
        "https://checkout.stripe.com",
        "https://hooks.stripe.com",
        "https://api.stripe.com",
        "https://*.stripe.com",
    }
    assert client.get("/").headers["content-security-policy"] == STRICT
    assert client.get("/sandbox/").status_code == 404
    site_of(client).db.engine.dispose()


def test_the_sandbox_keeps_the_policy_of_its_own_pages(shopper: Shopper) -> None:
    policy = shopper.add("tiles").check_out().response.headers["content-security-policy"]
    panel = shopper.visit("/sandbox/").response

    assert "form-action 'self' http://127.0.0.1:8000" in policy
    assert "frame-ancestors 'none'" in policy
    assert panel.headers["x-frame-options"] == "DENY"
    assert panel.headers["cache-control"] == "no-store"


def test_the_sandboxs_embedded_page_may_be_framed_by_the_shop_only(client: TestClient) -> None:
    client.post("/cart/lines", data={"sku": "TILES", "quantity": "1"})
    pay = client.post("/checkout", data={**FORM, "total": "589"}, headers=HTMX)
    secret = element(pay, "#stripe-checkout")["data-secret"]
    page = client.get(f"/sandbox/embedded/{secret}")

    assert "frame-ancestors 'self' http://127.0.0.1:8000" in page.headers["content-security-policy"]
    assert "x-frame-options" not in page.headers


# The cookie


def test_the_cookie_is_set_when_a_cart_is_first_written_and_says_nothing(client: TestClient) -> None:
    for path in ("/", "/cart", "/checkout", "/nothing"):
        assert "set-cookie" not in client.get(path).headers
    response = client.post("/cart/lines", data={"sku": "TILES", "quantity": "1"}, follow_redirects=False)
    name_and_value, *flags = response.headers["set-cookie"].split("; ")
    name, _, value = name_and_value.partition("=")

    assert name == "cart"
    assert {flag.lower() for flag in flags} == {"httponly", "max-age=31536000", "path=/", "samesite=lax"}
    assert len(value) < 100
    assert "TILES" not in value


def test_over_https_the_cookie_belongs_to_this_host_alone(secure: TestClient) -> None:
    response = secure.post("/cart/lines", data={"sku": "TILES", "quantity": "1"})
    name_and_value, *flags = response.headers["set-cookie"].split("; ")

    assert name_and_value.startswith("__Host-cart=")
    assert {flag.lower() for flag in flags} == {
        "httponly",
        "max-age=31536000",
        "path=/",
        "samesite=lax",
        "secure",
    }
    secure.cookies.clear()
    value = name_and_value.partition("=")[2]
    page = secure.get(
        "/cart", headers={"Cookie": f"cart={value}"}
    )  # as another host of the domain could plant
    assert element(page, "#cart-mirror")["data-known"] == "no"


# Other sites


def test_only_this_sites_own_pages_may_change_anything(client: TestClient) -> None:
    own, foreign, other_scheme = "http://127.0.0.1:8000", "https://evil.example", "http://127.0.0.1:8001"
    sites = [None, "same-origin", "none", "same-site", "cross-site", "", "nonsense"]
    origins = [None, own, foreign, other_scheme, "null", "", "http://[", "http://127.0.0.1:8000.evil.example"]
    may = {
        **{(site, origin): site in ("same-origin", "none") for site in sites[1:] for origin in origins},
        (None, None): True,
        (None, own): True,
    }
    for method, site, origin in product(("POST", "PUT", "PATCH", "DELETE"), sites, origins):
        headers = {"Sec-Fetch-Site": site, "Origin": origin}
        sent = {name: value for name, value in headers.items() if value is not None}
        response = client.request(
            method,
            "/cart/lines",
            content=b"sku=TILES&quantity=1",
            headers={**URLENCODED, **sent},
            follow_redirects=False,
        )
        expected = 403 if not may.get((site, origin), False) else 303 if method == "POST" else 405
        assert response.status_code == expected, (method, site, origin)


def test_a_person_who_was_sent_here_by_another_site_reads_a_page(client: TestClient) -> None:
    foreign = {"Sec-Fetch-Site": "cross-site"}
    page = client.post("/cart/lines", headers=foreign)
    assert element(page, "main p").get_text() == "This request came from another site and was refused."
    assert element(page, "#cart-mirror")["data-known"] == "unread"
    fragment = client.post(
        "/cart/lines", headers={**foreign, "HX-Request": "true", "HX-Request-Type": "partial"}
    )
    assert "<html" not in fragment.text
    assert "This request came from another site and was refused." in fragment.text


def test_another_site_may_link_to_every_page(client: TestClient) -> None:
    for path, method in product(("/", "/products/bowl", "/cart", "/checkout"), ("GET", "HEAD")):
        headers = {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}
        assert client.request(method, path, headers=headers).status_code == 200, path


def test_the_host_that_a_request_names_never_appears_in_an_answer(client: TestClient) -> None:
    evil = {"Host": "evil.example"}
    client.post("/cart/lines", data={"sku": "TILES", "quantity": "1"})
    paths = (
        "/", "/products/bowl", "/cart", "/checkout", "/nothing", "/cart/", "/checkout/", "/products/bowl/",
        "//evil.example", "/static", "/sandbox", "/sandbox/", "/charge?token=x", "/orders/x", "/orders/x/",
        "/healthz/", "/%2f%2fevil.example", "/sandbox/static", "/sandbox/faults/", "/sandbox/pay/x/",
    )  # fmt: skip
    answers = [
        client.get(path, headers={**evil, **headers}, follow_redirects=False)
        for path in paths
        for headers in BOTH
    ]
    form = {**FORM, "total": "589"}
    answers.append(client.post("/checkout", data=form, headers=evil, follow_redirects=False))

    for answer in answers:
        location = answer.headers.get("location", "/") + answer.headers.get("hx-redirect", "")
        assert location.startswith(("/", "http://127.0.0.1:8000/")), answer.url
        if "//evil" not in str(answer.url) and "2fevil" not in str(answer.url):
            assert "evil" not in answer.text + location, answer.url
    assert answers[-1].status_code == 421


def test_no_answer_sends_a_visitor_where_the_request_says(client: TestClient) -> None:
    for target in ("//evil.example", "https://evil.example", "/\\evil.example", "\r\nSet-Cookie: x=1"):
        for name in ("next", "url", "return_to", "success_url", "added", "changed"):
            data = {"sku": "TILES", "quantity": "1", name: target}
            response = client.post("/cart/lines", params={name: target}, data=data, follow_redirects=False)
            assert response.headers["location"] == f"/cart?added={mark_of('TILES')}"
            assert "evil" not in client.get("/cart", params={name: target}).text


# Hostile text

XSS = [
    "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "'><svg onload=alert(1)>",
    "</title><script>1</script>", "</script><script>alert(1)</script>", "javascript:alert(1)", "{{ 7 * 7 }}",
    "{% raw %}", "${7*7}", "<!--", "]]>",
    "&lt;script&gt;", "<hx-partial hx-target='#main'>x</hx-partial>", "%(name)s", "%s%n", "\u2028\u2029",
]  # fmt: skip


def _no_new_markup(response: Response, before: Response) -> None:
    """The page has the same elements and attributes as with harmless text."""
    tags = [(tag.name, sorted(tag.attrs)) for tag in soup(response).find_all(True)]
    harmless = [(tag.name, sorted(tag.attrs)) for tag in soup(before).find_all(True)]
    assert tags == harmless, response.text


def test_no_text_of_a_product_becomes_markup(client: TestClient) -> None:
    def pages() -> list[Response]:
        client.cookies.clear()
        client.post("/cart/lines", data={"sku": "BOWL-S", "quantity": "1"})
        first = [
            client.get(path, headers=h)
            for path in ("/", "/products/bowl", "/cart", "/checkout")
            for h in BOTH
        ]
        added = client.post("/cart/lines", data={"sku": "BOWL-S", "quantity": "1"}, headers=HTMX)
        refused = client.post("/cart/lines", data={"sku": "BOWL-S", "quantity": "9"}, headers=HTMX)
        return [*first, added, client.get(f"/cart?added={mark_of('BOWL-S')}"), refused]

    with site_of(client).db.read() as connection:
        on_sale = products.list_products(connection)
    harmless = pages()
    for text in (" ".join(XSS[n : n + 4]) for n in range(0, len(XSS), 4)):
        hostile = [
            replace(
                each,
                title=text,
                categories=(text + each.slug,),
                summary=text,
                description=text,
                pictures=(Picture("bowl.svg", text, "0123456789", 400, 400),),
                variants=tuple(
                    replace(v, title=text if len(each.variants) > 1 else "") for v in each.variants
                ),
            )
            for each in on_sale
        ]
        with site_of(client).db.write() as connection:
            catalogue.load(connection, Catalogue(tuple(each for each in hostile if each.slug == "bowl")))
            catalogue.load(connection, Catalogue(tuple(hostile)))
        shown = pages()
        for response, before in zip(shown[1:], harmless[1:], strict=True):
            if "blue-mug" not in before.text and "Holds tea" not in before.text:
                _no_new_markup(response, before)
        assert "<script>alert" not in "".join(response.text for response in shown)
        assert "<img src=x" not in "".join(response.text for response in shown)


def test_nothing_that_a_shopper_types_becomes_markup(shopper: Shopper) -> None:
    shopper.client.follow_redirects = False
    harmless: list[Response] = []
    printable = [text for text in XSS if text.isprintable()]
    for text in ["Ada", *("".join(printable[n : n + 2]) for n in range(0, len(printable), 2))]:
        shopper.client.cookies.clear()
        shopper.add("tiles")
        refused = shopper.client.post("/checkout", data={**FORM, "line1": text, "city": text, "email": text})
        shopper.check_out(name=text, address_line1=text, address_line2=text, address_level2=text)
        shopper.visit("/checkout")
        form = shopper.response
        shopper.submit("main form").pay()
        pages = [refused, form, shopper.response]
        assert "your order is paid" in shopper.text
        assert words(shopper.response, "address").startswith(" ".join(text.split()))
        for response, before in zip(pages, harmless or pages, strict=True):
            _no_new_markup(response, before)
        harmless = harmless or pages


def test_a_hostile_name_in_an_email_address_is_refused_or_escaped(client: TestClient) -> None:
    client.post("/cart/lines", data={"sku": "TILES", "quantity": "1"})
    for text in [
        '"<script>alert(1)</script>"@example.com',
        "<b>@example.com",
        "a\nb@example.com",
        "'or'1@x.example",
    ]:
        response = client.post("/checkout", data={**FORM, "email": text, "total": "1"})
        assert response.status_code in (409, 422)
        assert "<script>alert" not in response.text
        assert "<b>" not in response.text


# Hostile bytes

NASTY = [
    b"%00",
    b"%ff",
    b"%c3%28",
    b"%ed%a0%80",
    b"%f0%9f%8f%ba",
    b"%0d%0aSet-Cookie:+x=1",
    b"%e2%82%ac",
    b"%u0000",
    b"%",
    b"%zz",
]


@pytest.mark.slow
def test_no_bytes_in_an_address_or_a_query_are_a_fault(client: TestClient) -> None:
    paths = (
        "/products/{}",
        "/orders/{}",
        "/static/{}",
        "/static/css/{}",
        "/{}",
        "/sandbox/pay/{}",
    )
    queries = (
        "/cart?added={}",
        "/cart?removed={}",
        "/charge?token={}",
        "/?{}",
        "/?{}={}",
        "/checkout?country={}",
    )
    for template, nasty, method in product((*paths, *queries), NASTY, ("GET", "POST")):
        address = template.replace("{}", nasty.decode())
        response = client.request(method, address)
        assert response.status_code < 500, (method, address)
        assert "x=1" not in response.headers.get("set-cookie", "")
        assert "\r" not in response.headers.get("location", "")


@pytest.mark.slow
def test_no_bytes_in_a_form_are_a_fault(client: TestClient) -> None:
    client.post("/cart/lines", data={"sku": "TILES", "quantity": "1"})
    fields = (
        "sku",
        "quantity",
        "lines",
        "token",
        "email",
        "name",
        "line1",
        "postal_code",
        "city",
        "country",
        "total",
    )
    paths = ("/cart/lines", "/cart/lines/change", "/cart/restore", "/charge", "/checkout")
    good = {**FORM, "sku": "TILES", "quantity": "1", "total": "589", "token": "cs_test_x", "lines": "[]"}
    for path, nasty in product(paths, NASTY):
        form = b"&".join(name.encode() + b"=" + nasty for name in fields)
        assert client.post(path, content=form, headers=URLENCODED).status_code < 500, (path, nasty)
    for field, nasty in product(fields, NASTY):
        rest = [f"{name}={value.replace(' ', '+')}".encode() for name, value in good.items() if name != field]
        form = b"&".join([*rest, field.encode() + b"=" + nasty])
        assert client.post("/checkout", content=form, headers=URLENCODED).status_code < 500, (field, nasty)


MULTIPART = b'--x\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n--x--\r\n'


@pytest.mark.slow
def test_no_kind_of_body_is_a_fault(client: TestClient) -> None:
    codecs = "utf-7 utf-16-le unicode_escape raw_unicode_escape undefined idna base64 \xff".split()
    multipart = "multipart/form-data"
    kinds = [multipart, f"{multipart}; boundary=", f"{multipart}; boundary=x"]
    kinds += [f"{multipart}; boundary=x; charset={codec}" for codec in codecs]
    kinds += ["application/json", "text/plain", "", "x", "a/b; c=" + "d" * 5000]
    kinds += ["application/x-www-form-urlencoded; charset=utf-16"]
    client.post("/cart/lines", data={"sku": "TILES", "quantity": "1"})
    values = (b"\xff\xfe", b"\\ud800", b"+2AA-", b"\x00", b"xn--\xff")
    fields = {"/cart/lines": b"sku", "/checkout": b"name"}
    for kind, value, path in product(kinds, values, fields):
        headers = [(b"content-type", kind.encode("latin-1"))]
        response = client.post(path, content=MULTIPART % (fields[path], value), headers=headers)
        assert response.status_code < 500, (kind, value, path)


def test_files_and_floods_of_fields_are_refused(client: TestClient) -> None:
    assert client.post("/cart/lines", files={"sku": b"TILES"}, data={"quantity": "1"}).status_code == 400
    many = {f"f{number}": "x" for number in range(2000)}
    assert client.post("/cart/lines", data=many).status_code in (400, 422)
    assert client.post("/cart/lines", content=b"&" * 60_000, headers=URLENCODED).status_code == 422
    chunked = (b"sku=" + b"x" * 9_000 for _ in range(20))
    assert client.post("/cart/lines", content=chunked, headers=URLENCODED).status_code == 413


@pytest.mark.parametrize("path", ["/static/js/shop.js", "/sandbox/static/sandbox.css", "/sandbox/stripe.js"])
def test_a_file_is_no_fault_whatever_is_sent_with_the_question(client: TestClient, path: str) -> None:
    whole = client.get(path)
    assert (whole.status_code, len(whole.content) > 500) == (200, True)
    assert client.request("GET", path, content=b"x" * 2_000_000).status_code == 413

    answer = client.request("GET", path, content=(b"x" * 9_000 for _ in range(300)))
    assert (answer.status_code, answer.content) == (200, whole.content)


def test_a_name_cannot_write_a_header(client: TestClient) -> None:
    client.post("/cart/lines", data={"sku": "TILES", "quantity": "1"})
    for text in ("Ada\r\nSet-Cookie: x=1", "Ada\nX: 1", "Ada €", "Ada 🏺", "Ada\u2028"):
        response = client.post("/checkout", data={**FORM, "name": text, "total": "589"}, headers=HTMX)
        assert response.status_code in (200, 422), text
        assert "x" not in client.cookies
        assert "x" not in response.headers


@pytest.mark.slow
def test_no_header_that_a_request_brings_is_a_fault(client: TestClient) -> None:
    nasty = [b"", b"\xff", b"\xc3\x28", b"a" * 8000, b"true, true", b"{}", b"\x01"]
    names = [
        b"hx-request",
        b"hx-request-type",
        b"cookie",
        b"accept-encoding",
        b"origin",
        b"host",
        b"referer",
        b"range",
    ]
    for name, value in product([*names, b"if-none-match", b"if-modified-since", b"sec-fetch-site"], nasty):
        for path in ("/", "/cart", "/static/js/shop.js"):
            answer = client.get(path, headers=[(name, value)], follow_redirects=False)
            assert answer.status_code < 500, (name, value, path)
        response = client.post(
            "/cart/lines", content=b"sku=TILES&quantity=1", headers=[(name, value), *_form()]
        )
        assert response.status_code < 500, (name, value)


def _form() -> list[tuple[bytes, bytes]]:
    return [(b"content-type", b"application/x-www-form-urlencoded")]


def test_the_secrets_of_the_shop_are_on_no_page(client: TestClient, shopper: Shopper) -> None:
    site = site_of(client)
    shopper.add("tiles").check_out().pay()
    pages = [client.get(path).text for path in ("/", "/cart", "/checkout", "/sandbox/pay/x")]
    pages.append(shopper.response.text)
    secrets = [*site.settings.secret_keys, site.settings.database.partition("///")[2]]

    for secret in secrets:
        assert len(secret) > 10
        assert secret not in "".join(pages)
    assert secrets[0] not in repr(site.settings)
    assert state_of(client).site is site
