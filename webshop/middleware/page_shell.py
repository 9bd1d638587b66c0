"""A page without the one part that depends on the visitor, which is drawn into it for each of them."""

from dataclasses import dataclass, field
from functools import cached_property
from zlib import DEFLATED, Z_BEST_COMPRESSION, Z_FINISH, Z_FULL_FLUSH, compressobj, crc32

Headers = list[tuple[bytes, bytes]]

HEAD = b"\x1f\x8b\x08" + bytes(6) + b"\xff"  # RFC 1952: a gzip file of no name and no moment
QUICKLY = 4  # how hard what few will be sent is packed


@dataclass(frozen=True)
class Stretch:
    """Bytes that are part of many answers."""

    plain: bytes
    mode: int = Z_FULL_FLUSH  # after which whatever follows is packed by itself
    level: int = Z_BEST_COMPRESSION

    @cached_property
    def packed(self) -> bytes:
        packer = compressobj(self.level, DEFLATED, -15)
        return packer.compress(self.plain) + packer.flush(self.mode)


@dataclass(frozen=True)
class Shell:
    """What stands before the hole, and after it."""

    headers: Headers
    before: Stretch
    after: Stretch
    crc: int = field(compare=False)  # of what stands before

    def around(self, drawn: Stretch, *, packed: bool) -> tuple[Headers, bytes]:
        """Headers and body of the page with this in its hole."""
        before, after = self.before, self.after
        plain = before.plain + drawn.plain + after.plain
        if not packed:
            return [*self.headers, (b"content-length", b"%d" % len(plain))], plain
        checksum = crc32(after.plain, crc32(drawn.plain, self.crc)).to_bytes(4, "little")
        length = len(plain).to_bytes(4, "little")
        body = b"".join((HEAD, before.packed, drawn.packed, after.packed, checksum, length))
        own = [(b"content-length", b"%d" % len(body)), (b"content-encoding", b"gzip")]
        return [*self.headers, *own], body


def shell_of(headers: Headers, body: bytes, hole: bytes) -> Shell | None:
    """None for a page in which it is not there just once."""
    before, *after = body.split(hole)
    if len(after) != 1:
        return None
    return Shell(headers, Stretch(before), Stretch(after[0], Z_FINISH), crc32(before))
