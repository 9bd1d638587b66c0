"""Which request comes when: the nth follows from the seed, the number and what the survey knows."""

from itertools import product
from random import Random

from tests.attack.draft import Aim, Draft, Materials, Writer
from tests.attack.survey import Survey
from tests.attack.targets import Target
from tests.attack.values import GROUPS, NAMES

METHODS = "GET HEAD POST PUT PATCH DELETE OPTIONS TRACE CONNECT PROPFIND PURGE BREW".split()
BETWEEN = (
    12  # of so many requests one is a shopper's, so that there is something to attack: the cart is filled
)


class Drafter:
    """Of three requests one goes round all addresses, methods and ways of asking, one round all places where
    a value belongs, and one does anything at once. `host` is what a browser sends as Host."""

    def __init__(self, survey: Survey, seed: int, host: str) -> None:
        targets = survey.targets
        self._targets = {target.path: target for target in targets}
        self._seed = seed
        fields = {name for forms in survey.forms.values() for form in forms for name in form}
        words = [word.encode() for word in sorted(survey.words)] or [b"x"]
        self._materials = Materials(survey, words, sorted({*NAMES, *fields}), host.encode())
        self.round = list(product(targets, METHODS, (False, True)))
        self._aims = [
            Aim(t, place, values) for t in targets for place in _places(survey, t) for values in GROUPS
        ]
        self._refill = Aim(self._targets[survey.refill], "field ", ()) if survey.refill else None
        Random(seed).shuffle(self.round)
        Random(seed).shuffle(self._aims)

    def draft(self, number: int) -> Draft:
        rng, turn = Random(f"{self._seed} {number}"), number // 3
        writer = Writer(self._materials, rng, b"zq%dn%dq" % (self._seed, number))
        if self._refill and number % BETWEEN == 2:
            return writer.write(number, self._refill.target, "POST", htmx=False, aim=self._refill)
        if number % 3 == 0:
            return writer.write(number, *self.round[turn % len(self.round)])
        if number % 3 == 1 and self._aims:
            aim = self._aims[turn % len(self._aims)]
            return writer.write(number, aim.target, aim.method, rng.random() < 0.5, aim)
        target = rng.choice(list(self._targets.values()))
        return writer.write(number, target, rng.choice(sorted(target.methods)), rng.random() < 0.5)


def _places(survey: Survey, target: Target) -> list[str]:
    queries = {name for query in survey.queries[target.path] for name in query}
    fields = {name for form in survey.forms[target.path] for name in form}
    kinds = {"part": target.names, "query": sorted(queries), "field": sorted(fields)}
    return [f"{kind} {name}" for kind, names in kinds.items() for name in names]
