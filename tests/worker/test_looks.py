"""The worker looks at templates that were changed: at each round, and less often where they are live."""

from functools import partial
from operator import add
from pathlib import Path

import pytest

from tests.due import NOW, SECOND
from tests.web.test_templates import details, folder_of
from webshop.alarms.templates import LookedAt
from webshop.db.engine import Database
from webshop.errors import Unavailable
from webshop.web.rendering import Renderer
from webshop.worker.looks import Looks


@pytest.mark.parametrize(("often", "seen"), [(True, [1, 2, 3, 4]), (False, [1, 1, 1, 4])])
def test_what_is_live_is_looked_at_once_a_minute(
    db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, often: bool, seen: list[int]
) -> None:
    folder = folder_of(tmp_path, a="{% if %}")
    watch = Looks(db, Renderer([folder], {}, watch=True).inspector, often=often)
    told = []
    for seconds, name in ((0, "b"), (5, "c"), (59, "d"), (60, "e")):
        monkeypatch.setattr(db, "clock", partial(add, NOW, seconds * SECOND))
        watch.look()
        told.append(len(details(db)))
        folder_of(tmp_path, **{name: "{% if %}"})
    assert told == seen


def test_what_could_not_be_told_is_told_by_the_next_round(db: Database, tmp_path: Path) -> None:
    watch = Looks(db, Renderer([folder_of(tmp_path, a="{% if %}")], {}, watch=True).inspector, often=False)
    with pytest.MonkeyPatch.context() as patch, pytest.raises(Unavailable):
        patch.setattr(LookedAt, "_open", refuse)
        watch.look()
    watch.look()
    assert len(details(db)) == 1


def refuse(_self: object) -> None:
    raise Unavailable("The database is down.")
