"""The doctor's own premises."""

from functools import partial

import pytest

from webshop.looks.opening import inspect_looks


@pytest.fixture(autouse=True)
def _templates_are_compiled_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """To draw them in all their states takes five seconds, and these tests break none. Elsewhere it is tested
    that the doctor draws them."""
    monkeypatch.setattr("webshop.doctor.files.inspect_looks", partial(inspect_looks, draws=False))
