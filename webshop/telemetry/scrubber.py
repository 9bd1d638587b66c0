"""Takes out of a text what must not leave the shop: secrets, what gives access, and what shoppers typed."""

import re
from collections.abc import Iterable

SHORTEST_SECRET = 8  # a shorter one may be an ordinary word, and would be hidden in every sentence

# PostgreSQL quotes whole rows after these words, line breaks and all: up to where the next part must begin.
# (A line break is a backslash and an n where an error's repr is shown.)
QUOTED_ROW = re.compile(
    r"(^[ |]*|\\n)(DETAIL|CONTEXT):.*?"
    r"(?=(?:\n[ |]*|\\n)\[SQL|\n[ |]*\n[ |]*(?:The above exception|During handling)|\n[ |]*Traceback |\Z)",
    re.MULTILINE | re.DOTALL,
)

PATTERNS = [
    (QUOTED_ROW, r"\1\2: [hidden]"),
    # What pydantic repeats of a value that it refuses.
    (re.compile(r"input_value=.*?, input_type=", re.DOTALL), "input_value=[hidden], input_type="),
    # Name and password in an address.
    (re.compile(r"://[^\s@'\"]{1,200}@"), "://[hidden]@"),
    # Stripe's keys, and the ids and secrets that open a payment: sk_live_…, whsec_…, cs_test_…, pi_…_secret_…
    (re.compile(r"(?<![A-Za-z0-9])([a-z]{2,8}_(?:test_|live_)?)[A-Za-z0-9]+_secret_[\w%*-]+"), r"\1[hidden]"),
    (
        re.compile(r"(?<![A-Za-z0-9])((?:[srpe]k_(?:test|live)_)|whsec_|cs_(?:test|live)_)[\w%*-]{4,}"),
        r"\1[hidden]",
    ),
    # What we sign: the cart's cookie whole, an order's link without its number.
    (re.compile(r"(?<![0-9a-f])[0-9a-f]{32}\.[\w-]{16,}"), "[cart]"),
    (re.compile(r"(?<![A-Z0-9])([A-Z0-9]{4}-[A-Z0-9]{4})\.[\w-]{16,}"), r"\1.[hidden]"),
    # At most 64 characters before the @ (RFC 5321), which also keeps this fast.
    (
        re.compile(
            r"[^\s@<>\"'`(),:;\[\]\\=/][^\s@<>\"(),:;\[\]\\=/]{0,63}(?:@|%40)[^\s@<>\"'(),:;\[\]\\=&/?|]+"
        ),
        "[e-mail]",
    ),
]


class Scrubber:
    """Called with a text, it gives it back without the `secrets`, as they stand, and without what looks like
    one. It knows shapes, not meanings: a street in an error's own words passes, so errors do not quote input.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        known = {secret for secret in secrets if len(secret) >= SHORTEST_SECRET}
        longest_first = sorted(known, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, longest_first))) if known else None

    def __call__(self, text: str) -> str:
        if self._known:
            text = self._known.sub("[hidden]", text)
        for pattern, replacement in PATTERNS:
            text = pattern.sub(replacement, text)
        return text
