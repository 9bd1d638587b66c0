"""What `make lighthouse` reads out of reports."""

from typing import Any

from tests.lighthouse.scores import complaints, is_fine, line, result_of


def report(*, moved: float = 0, indexed: int = 1, **scores: float) -> dict[str, Any]:
    given = {"performance": 1, "accessibility": 1, "best_practices": 1, "seo": 1} | scores
    return {
        "categories": {
            name.replace("_", "-"): {
                "score": score,
                "auditRefs": [
                    {"id": "contrast", "weight": 3},
                    {"id": "title", "weight": 1},
                    {"id": "is-crawlable", "weight": 4},
                    {"id": "hint", "weight": 0},
                ],
            }
            for name, score in given.items()
        },
        "audits": {
            "contrast": {"title": "Colours have little contrast", "score": 0.5, "displayValue": "2 places"},
            "title": {"title": "The page has a title", "score": 1},
            "is-crawlable": {"title": "Page is blocked from indexing", "score": indexed},
            "hint": {"title": "A hint", "score": 0},
            "cumulative-layout-shift": {"title": "It moves", "score": 1, "numericValue": moved},
        },
    }


def test_a_page_is_a_line_of_medians_and_of_the_most_that_moved() -> None:
    runs = [report(performance=0.9, moved=0.01), report(performance=1), report(performance=0.985, seo=0.92)]
    found = result_of(runs, is_of_one_person=False)
    assert line("cart", found) == "lighthouse cart 98 100 100 100 cls 0.010"


def test_what_is_kept_out_of_search_engines_is_judged_without_that() -> None:
    runs = [report(seo=0.31, indexed=0)]
    assert result_of(runs, is_of_one_person=False).scores["seo"] == 31
    assert result_of(runs, is_of_one_person=True).scores["seo"] == 62  # (3 × 0.5 + 1 × 1) / 4


def test_a_page_is_fine_with_98_of_each_and_nothing_moved() -> None:
    answers = [
        is_fine(result_of([each], is_of_one_person=False))
        for each in (report(performance=0.98), report(seo=0.97), report(moved=0.001), report(moved=0.0001))
    ]
    assert answers == [True, False, False, True]


def test_what_costs_points_is_named_where_there_are_too_few() -> None:
    assert [*complaints(report())] == []
    assert [*complaints(report(seo=0.9))] == ["seo: Colours have little contrast 2 places"]
