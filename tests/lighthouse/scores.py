"""What is read out of Lighthouse's reports."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

Report = Mapping[str, Any]
Scores = dict[str, int]

CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
LEAST = 98  # of 100
INDEXING = "is-crawlable"


@dataclass(frozen=True)
class Result:
    """`scores` are medians, of 100; `moved` is the most that the layout did, of 1."""

    scores: Scores
    moved: float


def result_of(reports: Sequence[Report], *, is_of_one_person: bool) -> Result:
    """Performance is never twice the same."""
    each = [_scores(report, is_of_one_person) for report in reports]
    scores = {name: round(median(scores[name] for scores in each)) for name in CATEGORIES}
    return Result(scores, max(_moved(report) for report in reports))


def _scores(report: Report, is_of_one_person: bool) -> Scores:
    scores = {name: round(100 * report["categories"][name]["score"]) for name in CATEGORIES}
    return {**scores, "seo": _seo_but_indexing(report)} if is_of_one_person else scores


def _seo_but_indexing(report: Report) -> int:
    """The same mean by weight, of all the others."""
    audits, total, weights = report["audits"], 0.0, 0.0
    for each in report["categories"]["seo"]["auditRefs"]:
        score = audits[each["id"]]["score"]
        if each["id"] != INDEXING and score is not None:
            total, weights = total + each["weight"] * score, weights + each["weight"]
    return round(100 * total / weights)


def _moved(report: Report) -> float:
    return float(report["audits"]["cumulative-layout-shift"]["numericValue"])


def is_fine(result: Result) -> bool:
    return min(result.scores.values()) >= LEAST and round(result.moved, 3) == 0


def line(page: str, result: Result) -> str:
    scores = " ".join(str(result.scores[name]) for name in CATEGORIES)
    return f"lighthouse {page} {scores} cls {result.moved:.3f}"


def complaints(report: Report) -> Iterator[str]:
    """What costs points in the categories that are under the limit, by title."""
    for name in CATEGORIES:
        category = report["categories"][name]
        if round(100 * category["score"]) >= LEAST:
            continue
        for each in category["auditRefs"]:
            audit = report["audits"][each["id"]]
            if each["weight"] and audit["score"] is not None and audit["score"] < 0.9:
                yield f"{name}: {audit['title']} {audit.get('displayValue', '')}".rstrip()
