"""/pictures/…, and what pages show of pictures."""

import re
import shutil
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update
from starlette.testclient import TestClient

from tests.conftest import site_of, state_of
from tests.pictures import originals
from tests.pictures.originals import colours, drawing, opened, quarters, saved
from tests.pictures.studios import SQUARE
from tests.web.questions import soup
from webshop.db.tables import products
from webshop.errors import OwnerError
from webshop.pictures import photographs
from webshop.pictures.gallery import Gallery
from webshop.pictures.model import Description, Original, Version
from webshop.pictures.places import Folder
from webshop.pictures.studio import Studio
from webshop.web import threads

A_MINUTE = 60.0  # seconds; a test that needs them fails
FOREVER = "public, max-age=31536000, immutable"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "originals"
    folder.mkdir()
    (folder / "Blue Mug (1).JPG").write_bytes(saved(quarters(640, 480), exif=originals.exif(1)))
    (folder / "vase.svg").write_bytes(drawing("<script>alert(1)</script>"))
    (folder / "half.jpg").write_bytes(saved(quarters(640, 480))[:2000])
    return folder


@pytest.fixture
def here(client: TestClient, folder: Path, tmp_path: Path) -> Studio:
    """The studio of the shop behind `client`, in which nothing was made yet."""
    made = Studio(folder, [Folder(tmp_path / "deployed"), Folder(tmp_path / "made")], SQUARE)
    state_of(client).gallery = Gallery(made)
    return made


@pytest.fixture
def mug(here: Studio) -> Description:
    return here.describe(["Blue Mug (1).JPG"])["Blue Mug (1).JPG"]


def address(mug: Description, width: int = 320, kind: str = "avif") -> str:
    return f"/pictures/Blue%20Mug%20(1).JPG/{mug.name}-{width}.{kind}"


def sell(client: TestClient, *shown: Description) -> None:
    pictures = [
        {"file": each.file, "alt": "A mug", "name": each.name, "width": each.width, "height": each.height}
        for each in shown
    ]
    with site_of(client).db.write() as connection:
        mug = update(products).where(products.c.slug == "blue-mug")
        connection.execute(mug.values(pictures=pictures))


def test_a_picture_is_made_when_it_is_first_asked_for_and_may_be_kept_forever(
    client: TestClient, here: Studio, mug: Description, tmp_path: Path
) -> None:
    for kind, media_type in (("avif", "image/avif"), ("jpg", "image/jpeg")):
        first, again = (client.get(address(mug, 480, kind)) for _time in range(2))
        assert first.status_code == 200
        assert first.headers["content-type"] == media_type
        assert first.headers["cache-control"] == FOREVER
        assert colours(first.content) == ["red", "green", "blue", "yellow"]
        assert again.content == first.content
        head = client.head(address(mug, 480, kind))
        assert (head.status_code, head.headers["content-length"]) == (200, str(len(first.content)))
    kept = sorted(path.name for path in (tmp_path / "made" / mug.file).iterdir())
    assert kept == [f"{mug.name}-480.avif", f"{mug.name}-480.jpg"]


def test_a_drawing_that_is_opened_by_itself_can_do_nothing(client: TestClient, here: Studio) -> None:
    vase = here.describe(["vase.svg"])["vase.svg"]
    answer = client.get(f"/pictures/vase.svg/{vase.name}.svg")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "image/svg+xml"
    policy = answer.headers["content-security-policy"]
    assert {"default-src 'none'", "sandbox"} <= set(policy.split("; "))
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "script" not in answer.text


def test_what_there_is_not_is_the_placeholder_as_404(
    client: TestClient, mug: Description, tmp_path: Path
) -> None:
    half = f"/pictures/half.jpg/{mug.name}-320.avif"
    wrong = [
        address(mug, 640),
        address(mug, 321),
        address(mug, 0),
        address(mug, 320, "webp"),
        address(mug, 320, "png"),
        address(mug).replace(mug.name, "0123456789"),
        address(mug).replace(mug.name, mug.name.upper() + "A"),
        address(mug).replace("Blue", "blue"),
        address(mug) + "x",
        half,
        "/pictures/nope.jpg/0123456789-320.avif",
        "/pictures/../0123456789-320.avif",
        "/pictures/%2e%2e/0123456789-320.avif",
        "/pictures/..%2foriginals%2fvase.svg/0123456789.svg",
        f"/pictures/a%00b.jpg/{mug.name}-320.avif",
        f"/pictures/{'x' * 300}.jpg/{mug.name}-320.avif",
        "/pictures/Blue%20Mug%20(1).JPG/manifest.json",
        "/pictures/%ff%fe.jpg/0123456789-320.avif",
    ]
    for path in wrong:
        answer = client.get(path)
        assert answer.status_code == 404, path
        assert "public" not in answer.headers.get("cache-control", ""), path
    assert client.get(half).headers["content-type"] == "image/svg+xml"
    assert not list((tmp_path / "made").glob("*/*"))


def test_originals_are_for_nobody_but_the_owner(client: TestClient) -> None:
    """They tell where they were taken, and their drawings may hold scripts."""
    for path in (
        "/static/img/products/harbour-mug.svg",
        "/static/IMG/products/harbour-mug.svg",
        "/static/img/./products/harbour-mug.svg",
        "/static/img/%70roducts/harbour-mug.svg",
        "/static//img/products/harbour-mug.svg",
        "/static/css/../img/products/harbour-mug.svg",
        "/static/pictures/manifest.json",
    ):
        assert client.get(path).status_code == 404, path
    assert client.get("/static/img/placeholder.svg").status_code == 200


def test_every_address_on_a_page_is_a_picture_of_that_size(client: TestClient, mug: Description) -> None:
    sell(client, mug)
    page = soup(client.get("/products/blue-mug"))
    image = page.select_one("main img")
    assert image
    assert (image["width"], image["height"], image["alt"]) == ("480", "480", "A mug")
    sources = [str(tag["srcset"]) for tag in page.select("main picture source, main picture img")[:2]]
    assert [tag["type"] for tag in page.select("main picture source")][:1] == ["image/avif"]
    found = [part.split() for source in sources for part in source.split(", ")]
    assert [width for _address, width in found] == ["320w", "480w"] * 2
    for path, width in found:
        answer = client.get(path)
        assert opened(answer.content).size == (int(width[:-1]), int(width[:-1]))
    assert client.get(str(image["src"])).headers["content-type"] == "image/jpeg"


def test_a_product_without_pictures_and_one_that_lost_its_picture_have_a_page(
    client: TestClient, here: Studio, mug: Description, folder: Path
) -> None:
    for shown in ([], [Description("nope.jpg")], [mug]):
        sell(client, *shown)
        shutil.rmtree(folder, ignore_errors=True)
        for path in ("/", "/products/blue-mug"):
            page = client.get(path)
            assert page.status_code == 200
            assert ("placeholder.svg" in page.text) or shown == [mug]
    assert client.get(address(mug)).status_code == 404
    assert client.get(address(mug)).headers["content-type"] == "image/svg+xml"


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """Making waits until `go`; `at_once` is how many were making at the same time at most."""
    state: dict[str, Any] = {"go": threading.Event(), "now": 0, "at_once": 0, "made": 0}
    make, lock = photographs.make, threading.Lock()

    def slowly(*arguments: Any) -> Any:
        with lock:
            state["now"] += 1
            state["made"] += 1
            state["at_once"] = max(state["at_once"], state["now"])
        state["go"].wait(A_MINUTE)
        try:
            yield from make(*arguments)
        finally:
            with lock:
                state["now"] -= 1

    monkeypatch.setattr(photographs, "make", slowly)
    yield state
    state["go"].set()


def wait_for_two(slow: dict[str, Any]) -> None:
    end = time.monotonic() + A_MINUTE
    while slow["now"] < 2:
        assert time.monotonic() < end
        time.sleep(0.01)


def test_two_at_a_time_are_made_others_wait_and_pages_are_answered_meanwhile(
    client: TestClient, mug: Description, slow: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threads, "PATIENCE", 0.3)
    paths = [address(mug, width, kind) for width in (320, 480) for kind in ("avif", "jpg")]
    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(client.get, path) for path in paths]
        wait_for_two(slow)
        assert client.get("/").status_code == 200
        answered = as_completed(asked, A_MINUTE)
        refused = [next(answered).result() for _each in range(2)]
        assert [each.status_code for each in refused] == [503, 503]
        assert all(int(each.headers["retry-after"]) > 0 for each in refused)
        slow["go"].set()
        answers = [each.result() for each in asked]
    assert sorted(each.status_code for each in answers) == [200, 200, 503, 503]
    assert slow["at_once"] == 2
    assert [client.get(path).status_code for path in paths] == [200] * 4


def test_whoever_asks_for_the_same_gets_what_was_made_meanwhile(
    client: TestClient, mug: Description, slow: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threads, "PATIENCE", A_MINUTE)
    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(client.get, address(mug)) for _number in range(8)]
        wait_for_two(slow)
        slow["go"].set()
        assert {each.result().status_code for each in asked} == {200}
    assert slow["made"] == 2


def test_a_bucket_that_does_not_answer_is_said_and_shuts_nothing_else(
    client: TestClient, here: Studio, mug: Description, monkeypatch: pytest.MonkeyPatch
) -> None:
    def silent(*_arguments: object) -> None:
        raise OwnerError("s3://pictures: the storage does not answer")

    monkeypatch.setattr(Folder, "read", silent)
    answer = client.get(address(mug))
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    assert "s3://" not in answer.text
    assert client.get("/").status_code == 200


def test_an_original_is_hashed_once_however_often_wrong_digests_are_asked_for(
    client: TestClient, mug: Description, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[str] = []
    look = Studio._look

    def counted(self: Studio, file: str, wholly: bool = False) -> Original:
        looked.append(file)
        return look(self, file, wholly)

    monkeypatch.setattr(Studio, "_look", counted)
    for number in range(20):
        assert client.get(address(mug).replace(mug.name, f"{number:010x}")).status_code == 404
    assert looked == [mug.file]


def test_a_page_of_many_pictures_says_little_of_each(client: TestClient, mug: Description) -> None:
    """Twelve addresses a card are nearly the same words, which compress."""
    sell(client, Description(mug.file, mug.name, 1600, 1600))
    page = client.get("/products/blue-mug").text
    [picture] = re.findall(r"<picture>.*?</picture>", page, re.DOTALL)[:1]
    assert picture.count(mug.name) == 13
    assert str(Version(mug.name, 1600, "avif")) in picture
