"""S3, or whoever speaks like it, with the AWS_… settings.

Whatever a storage answers is not repeated: it may tell keys.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

from webshop.errors import OwnerError
from webshop.settings.model import Settings

if TYPE_CHECKING:
    from obstore.store import S3Store

Answer = TypeVar("Answer")


def open_bucket(address: str, config: Settings, *, timeout: str, retries: int) -> "S3Store":
    """What is at s3://bucket/prefix. `timeout` is of one request; what is large is sent in parts."""
    # Only here, so that no shop without such storage loads it.
    from obstore.store import S3Store

    url = urlsplit(address)
    keys = {
        "access_key_id": config.aws_access_key_id,
        "secret_access_key": config.aws_secret_access_key,
        "session_token": config.aws_session_token,
        "region": config.aws_region or "us-east-1",  # other providers have none, and want one
        "endpoint": config.aws_endpoint_url,
    }
    return S3Store(
        url.netloc,
        prefix=url.path.strip("/") or None,
        config={name: value for name, value in keys.items() if value},  # type: ignore[arg-type]
        client_options={"timeout": timeout, "allow_http": config.aws_endpoint_url.startswith("http://")},
        retry_config={"max_retries": retries},
    )


@contextmanager
def told(address: str) -> Iterator[None]:
    """What goes wrong with the bucket at `address` is an OwnerError."""
    from obstore.exceptions import BaseError

    try:
        yield
    except (BaseError, OSError) as error:
        raise OwnerError(f"{address}: {_what_is_wrong(str(error))}") from None


def found(address: str, ask: Callable[[], Answer]) -> Answer | None:
    """None for what is not in the bucket at `address`. Raises OwnerError where that does not answer."""
    from obstore.exceptions import NotFoundError

    with told(address), suppress(NotFoundError, FileNotFoundError):
        return ask()
    return None


def _what_is_wrong(answer: str) -> str:
    for sign, words in (
        ("NoSuchBucket", "there is no such bucket"),
        ("404 Not Found", "there is no such bucket, or nothing of this name in it"),
        ("403 Forbidden", "the storage refuses these AWS_… keys"),
        ("401 Unauthorized", "the storage refuses these AWS_… keys"),
        ("metadata", "no AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are set"),
    ):
        if sign in answer:
            return words
    return "the storage does not answer, or not as S3 does; look at AWS_ENDPOINT_URL and AWS_REGION"
