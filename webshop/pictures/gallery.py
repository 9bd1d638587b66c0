"""The studio as the web uses it, in threads of its own."""

from urllib.parse import quote

from webshop.errors import OwnerError, Unavailable
from webshop.language.messages import gettext as _
from webshop.pictures.model import Description, Version
from webshop.pictures.places import key_of
from webshop.pictures.studio import Studio
from webshop.web.threads import SlowThreads

READERS = 10
MAKERS = 2  # each takes a core while it works, and up to 250 MB for the largest pictures


class Gallery:
    """While pictures are made, and while a bucket is slow, the shop's pages are still answered."""

    def __init__(self, studio: Studio, public_url: str = "") -> None:
        """`public_url` is where everybody can read what is in the studio's bucket."""
        self._studio = studio
        self._public_url = public_url.rstrip("/")
        self._readers = SlowThreads(_busy, READERS)
        self._makers = SlowThreads(_busy, MAKERS)

    def look_up(self, file: str) -> Description:
        """How pages show an original that no product names."""
        try:
            return self._studio.look_up(file)
        except OwnerError:  # a bucket that does not answer: without the picture the page is a page
            return Description(file)

    async def find_public(self, file: str, version: Version) -> str:
        """Where else it can be read, or ""."""
        if not self._public_url or not await self._readers.run(self._studio.is_kept, file, version):
            return ""
        return f"{self._public_url}/{quote(key_of(file, str(version)))}"

    async def fetch(self, file: str, version: Version) -> bytes | None:
        """What was made, or is made now. Raises Unavailable when too many are before this one, and OwnerError
        where a bucket does not answer."""
        found = await self._readers.run(self._studio.find, file, version)
        return found or await self._makers.run(self._studio.make, file, version)


def _busy() -> Unavailable:
    return Unavailable(_("Many pictures are being made at the moment. Please try again soon."))
