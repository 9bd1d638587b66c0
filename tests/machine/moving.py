"""One clock for the shop and for Stripe, which a test moves."""

import sys
from datetime import datetime, tzinfo

import pytest

from webshop.sandbox.testing import Clock

START = 1_800_000_000.0  # always the same: a play that fails can be played again


def move_with(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on the shop's `datetime.now` is what `clock` says."""

    class Moving(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return datetime.fromtimestamp(clock.now, tz)

    for name, module in list(sys.modules.items()):
        if name.startswith("webshop.") and getattr(module, "datetime", None) is datetime:
            monkeypatch.setattr(module, "datetime", Moving)
