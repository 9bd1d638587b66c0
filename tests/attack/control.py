"""The tools on the application that has holes: each of them must be found, or the tools are worth nothing."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx2

from tests.attack import planted, scanner
from tests.attack.by_design import unproven
from tests.attack.drafter import Drafter
from tests.attack.edge import Edge
from tests.attack.findings import Finding
from tests.attack.fuzz import fuzz
from tests.attack.judge import House
from tests.attack.logs import judge_log
from tests.attack.premises import running
from tests.attack.survey import Survey
from tests.attack.targets import list_targets
from tests.ports import free_port
from webshop.settings.model import ROOT

REQUESTS = 3000


@dataclass
class Control:
    """For each hole the tools that found it."""

    found: dict[str, list[str]] = field(default_factory=lambda: {hole: [] for hole in planted.HOLES})

    @property
    def missed(self) -> list[str]:
        return [hole for hole, tools in self.found.items() if not tools]

    def lines(self) -> Iterator[str]:
        for hole, tools in self.found.items():
            yield f"  {hole:<28} {' and '.join(tools) or 'NOT FOUND'}"


def run(folder: Path, seed: int, requests: int = REQUESTS, *, scanned: bool = True) -> Control:
    """Attack it as the shops are attacked."""
    port, control = free_port(), Control()
    edge = Edge(port, None)
    house = House(https=False, origins=(edge.url,), secrets=(planted.SECRET,), personal=(planted.PERSON,))
    command, environment = ["tests.attack.planted", str(port)], {"PYTHONPATH": str(ROOT)}
    with (
        running(folder, "planted", command, environment, port),
        httpx2.Client(base_url=edge.url, timeout=60, trust_env=False) as client,
    ):
        fuzzed = _fuzz(house, client, edge.host, port, range(requests), seed)
        reported = unproven(house, client, scanner.scan(edge.url, folder)) if scanned else []
    edge.close()
    fuzzed += judge_log(house, folder / "planted.log", fuzzed)
    for hole, (place, kind, category) in planted.HOLES.items():
        control.found[hole] += ["fuzz"] if _is_among(fuzzed, place, kind) else []
        control.found[hole] += ["scanner"] if _is_among(reported, place, category) else []
    return control


def _fuzz(
    house: House, client: httpx2.Client, host: str, port: int, numbers: Sequence[int], seed: int
) -> list[Finding]:
    survey = Survey(list_targets(planted.app))
    survey.explore(client)
    return fuzz(Drafter(survey, seed, host), house, port, numbers).findings


def _is_among(findings: Sequence[Finding], place: str, kind: str) -> bool:
    return any((finding.place, finding.kind) == (place, kind) for finding in findings)
