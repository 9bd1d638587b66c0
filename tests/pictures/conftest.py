"""Buckets for pictures."""

import pytest

from tests.s3 import new_bucket, s3

__all__ = ["s3"]  # a fixture


@pytest.fixture
def bucket(s3: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of a new bucket, as PICTURES_URL; the keys for it are in the environment."""
    return new_bucket(s3, "pictures", monkeypatch) + "/of/the shop".replace(" ", "-")
