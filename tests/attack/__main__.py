"""The attack: the shop's processes are fuzzed and scanned, after the tools were tried on an app with holes.

    REQUESTS=20000 SEED=20261126 python -m tests.attack

REQUESTS are the fuzz's own, half of them for each shop (the demo, and one as it takes real money); SEED
decides what they are. The last line sums up, with the scanner's requests. The exit code is 0 only if nothing
was found in the shops, and every hole that was planted.
"""

import os
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.attack import control, findings, premises, scanner
from tests.attack.by_design import unproven
from tests.attack.drafter import Drafter
from tests.attack.findings import SERVER_ERROR, Finding
from tests.attack.fuzz import fuzz
from tests.attack.judge import House
from tests.attack.logs import judge_log
from tests.attack.premises import Shop
from tests.attack.survey import Survey
from webshop.settings.model import Settings
from webshop.settings.platforms import ADDRESSES
from webshop.settings.together import WIPED_DISKS


@dataclass
class Result:
    """`requests` are all that came to the shop: of the fuzz, of the scanner, and of whoever looked round."""

    requests: int = 0
    found: list[Finding] = field(default_factory=list)


def main() -> int:
    requests, seed = _number("REQUESTS", 20_000), _number("SEED", int(f"{datetime.now(UTC):%Y%m%d}"))
    _forget_the_developers_environment()
    print(f"REQUESTS={requests} SEED={seed}", flush=True)
    with _folder() as folder:
        tried = control.run(folder, seed)
    print("Holes planted in an app, and what has found them:", *tried.lines(), sep="\n", flush=True)
    with _folder() as folder:
        demo = _attack(premises.demo(folder), seed, range(requests // 2))
    with _folder() as folder, _folder() as keys:
        live = _attack(
            premises.live(folder, scanner.make_certificate(keys)), seed, range(requests // 2, requests)
        )
    found = [*demo.found, *live.found]
    print(*findings.lines(found), sep="\n")
    errors = sum(finding.kind == SERVER_ERROR for finding in found)
    print(
        f"requests={demo.requests + live.requests} findings={len(found)} server_errors={errors}", flush=True
    )
    return 0 if not found and not tried.missed else 1


def _number(name: str, default: int) -> int:
    return int(os.environ.get(name, "") or default)


def _forget_the_developers_environment() -> None:
    for name in (*map(str.upper, Settings.model_fields), *WIPED_DISKS, *ADDRESSES):
        os.environ.pop(name, None)


@contextmanager
def _folder() -> Iterator[Path]:
    with TemporaryDirectory(prefix="attack-") as folder:
        yield Path(folder)


def _attack(opened: AbstractContextManager[Shop], seed: int, numbers: Sequence[int]) -> Result:
    with opened as shop:
        survey = shop.survey(shop.targets())
        house = shop.house(survey)
        print(f"{shop.name}, {shop.edge.url}", flush=True)
        drafter = Drafter(survey, seed, shop.edge.host)
        fuzzed = fuzz(drafter, house, shop.port, numbers)
        print(*fuzzed.lines(drafter), sep="\n", flush=True)
        scanned = _scan(shop, survey, house)
        result = Result(fuzzed.requests + shop.edge.requests, [*fuzzed.findings, *scanned])
    for log in shop.logs:
        result.found += judge_log(house, log, result.found)
    return result


def _scan(shop: Shop, survey: Survey, house: House) -> list[Finding]:
    before = shop.edge.requests
    starts = [
        f"{shop.edge.url}{address}" for address in survey.addresses if not address.startswith("/static")
    ]
    cookies = ";".join(filter(None, (survey.cookie, survey.panel)))
    reported = scanner.scan(shop.edge.url, shop.folder, starts, cookies)
    with shop.browser() as client:
        left = unproven(house, client, reported)
    print(f"  scanner: {shop.edge.requests - before} requests, {len(reported)} reports, {len(left)} findings")
    for kind, number in Counter(each.kind for each in reported if each not in left).items():
        print(f"    right by design, and proven for each: {kind} ({number})")
    return left


if __name__ == "__main__":
    sys.exit(main())
