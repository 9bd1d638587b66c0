"""Pictures in S3-compatible storage, against a server that speaks it."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.conftest import make_config, state_of
from tests.pictures.originals import colours, drawing, opened, quarters, saved
from tests.pictures.studios import SQUARE
from webshop import shop
from webshop.app import create_app
from webshop.buckets import open_bucket
from webshop.errors import OwnerError
from webshop.pictures.gallery import Gallery
from webshop.pictures.model import Version
from webshop.pictures.places import Bucket
from webshop.pictures.studio import Studio, open_studio
from webshop.settings.model import SettingsError

ALL = ["Blue Mug (1)+ü.JPG", "vase.svg"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "originals"
    folder.mkdir()
    (folder / ALL[0]).write_bytes(saved(quarters(640, 480)))
    (folder / ALL[1]).write_bytes(drawing())
    return folder


def in_bucket(bucket: str, folder: Path, tmp_path: Path) -> Studio:
    config = make_config(tmp_path, pictures_url=bucket)
    return Studio(folder, [Bucket(bucket, config)], SQUARE)


def test_all_is_in_the_bucket_and_shops_without_originals_know_it(
    bucket: str, s3: str, folder: Path, tmp_path: Path, client: TestClient
) -> None:
    at_home = in_bucket(bucket, folder, tmp_path)
    found = at_home.describe(ALL, wholly=True)
    assert at_home.make_all(found.values()) == 2
    assert at_home.make_all(found.values()) == 0
    shutil.rmtree(folder)
    deployed = in_bucket(bucket, folder, tmp_path)
    assert deployed.describe(ALL) == found
    assert deployed.describe(["nope.jpg"])["nope.jpg"].problem
    assert deployed.describe(ALL) == found
    state_of(client).gallery = Gallery(deployed)
    mug = found[ALL[0]]
    for width, kind, media_type in ((320, "avif", "image/avif"), (480, "jpg", "image/jpeg")):
        answer = client.get(f"/pictures/{ALL[0]}/{mug.name}-{width}.{kind}")
        assert answer.status_code == 200
        assert answer.headers["content-type"] == media_type
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert opened(answer.content).size == (width, width)
        assert colours(answer.content) == ["red", "green", "blue", "yellow"]
    assert client.get(f"/pictures/{ALL[0]}/0123456789-320.avif").status_code == 404
    store = open_bucket(bucket, make_config(tmp_path), timeout="10s", retries=1)
    stored = store.get(f"Blue%20Mug%20%281%29%2B%C3%BC.JPG/{mug.name}-320.avif").attributes
    assert stored["Content-Type"] == "image/avif"
    assert stored["Cache-Control"] == "public, max-age=31536000, immutable"


def test_what_the_bucket_lacks_is_made_and_put_there(bucket: str, folder: Path, tmp_path: Path) -> None:
    here = in_bucket(bucket, folder, tmp_path)
    version = Version(here.describe(ALL)[ALL[0]].name, 320, "avif")
    assert here.find(ALL[0], version) is None
    content = here.make(ALL[0], version)
    assert content
    assert in_bucket(bucket, tmp_path / "nowhere", tmp_path).find(ALL[0], version) == content


def test_a_bucket_that_is_not_there_or_refuses_is_said_without_keys(
    bucket: str, s3: str, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = in_bucket("s3://nobodys/x", folder, tmp_path)
    found = here.describe(ALL)
    assert [each.problem for each in found.values()] == ["", ""]
    with pytest.raises(OwnerError, match="there is no such bucket"):
        here.make_all(found.values())
    assert here.make(ALL[0], Version(found[ALL[0]].name, 320, "avif"))  # shown, if not kept
    monkeypatch.setattr("webshop.pictures.places.RETRIES", 0)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    silent = in_bucket(bucket, folder, tmp_path)
    with pytest.raises(OwnerError, match="the storage does not answer") as caught:
        silent.find(ALL[0], Version("0123456789", 320, "avif"))
    assert "secret" not in caught.value.message


def test_the_shop_opens_what_the_setting_names(
    bucket: str, database_url: str, tmp_path: Path, said: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PICTURES_URL", bucket)
    code, out, err = said("catalog", "load")
    assert (code, out[-1], err) == (0, "4 pictures were made.", [])
    assert said("catalog", "pictures") == (0, ["All pictures were made before."], [])
    config = make_config(tmp_path, database_url=database_url, pictures_url=bucket)
    client = TestClient(create_app(config), base_url="http://127.0.0.1:8000")
    mug = open_studio(config, shop.load(config.shop_file)).describe(["harbour-mug.svg"])["harbour-mug.svg"]
    assert f"/pictures/harbour-mug.svg/{mug.name}.svg" in client.get("/products/blue-mug").text
    assert client.get(f"/pictures/harbour-mug.svg/{mug.name}.svg").status_code == 200
    state_of(client).site.db.engine.dispose()


def test_browsers_are_sent_to_where_everybody_can_read_the_bucket(
    bucket: str, s3: str, database_url: str, folder: Path, tmp_path: Path
) -> None:
    public = f"{s3}/{bucket.removeprefix('s3://')}"
    config = make_config(tmp_path, database_url=database_url, pictures_public_url=public)
    client = TestClient(create_app(config), base_url="http://127.0.0.1:8000", follow_redirects=False)
    here = in_bucket(bucket, folder, tmp_path)
    state_of(client).gallery = Gallery(here, public)
    vase = here.describe(ALL)["vase.svg"]
    path = f"vase.svg/{vase.name}.svg"
    first, second = (client.get(f"/pictures/{path}") for _time in range(2))
    assert (first.status_code, first.headers["content-type"]) == (200, "image/svg+xml")  # made, and put there
    assert (second.status_code, second.headers["location"]) == (302, f"{public}/{path}")
    assert second.headers["cache-control"] == "public, max-age=86400"
    for page in ("/", "/checkout"):
        policy = client.get(page).headers["content-security-policy"].split("; ")
        assert f"img-src 'self' {s3}" in policy
    assert client.get("/pictures/nope.svg/0123456789.svg").status_code == 404
    state_of(client).site.db.engine.dispose()


@pytest.mark.parametrize("wrong", ["relative/folder", "s3://", "s3://UPPER/x", "https://cdn.example", "s3:x"])
def test_pictures_url_is_a_folder_or_a_bucket(tmp_path: Path, wrong: str) -> None:
    with pytest.raises(SettingsError, match="PICTURES_URL: must"):
        make_config(tmp_path, pictures_url=wrong)
