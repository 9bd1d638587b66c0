"""What `make bench` prints, and what it writes into its page."""

from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from bench import chart, report
from bench.chart import Bar
from bench.figures import Measured
from bench.rows import find_row
from webshop.settings.model import ROOT

FLASK = Measured(cpu=900, database=0, rps=1000, p50=15, p99=20, memory=60, load=0.25, foreign=0)
QUOTE = Measured(cpu=300, database=150, rps=2000.6, p50=7.125, p99=15, memory=80, load=0.5, foreign=0)
SVG = "{http://www.w3.org/2000/svg}"


def test_a_table_has_a_line_a_row_with_cpu_time_and_ratio_first() -> None:
    rows = [find_row(name) for name in ("flask", "quote_postgresql")]

    assert report.lines(rows, {"flask": FLASK, "quote_postgresql": QUOTE}, {"quote_postgresql": 2.0}) == [
        "row               CPU µs  DB µs  ratio  to      rps  p50 ms  p99 ms  MB  load",
        "flask                900                       1000   15.00   20.00  60  0.25",
        "quote_postgresql     300    150  2.000  flask  2001    7.12   15.00  80  0.50",
    ]


def test_what_is_compared_by_answers_has_its_ratio_in_the_table_too() -> None:
    line = report.lines([find_row("two_processes")], {"two_processes": FLASK}, {"two_processes_to_one": 1.8})[
        1
    ]

    assert line.split()[:4] == ["two_processes", "900", "1.800", "one_process"]


def test_without_postgresql_there_is_no_column_for_it() -> None:
    assert report.lines([find_row("flask")], {"flask": FLASK}, {}) == [
        "row    CPU µs  ratio  to   rps  p50 ms  p99 ms  MB  load",
        "flask     900             1000   15.00   20.00  60  0.25",
    ]


def test_it_is_said_how_quiet_the_machine_was() -> None:
    quiet, loud = replace(FLASK, foreign=0.15), replace(FLASK, foreign=0.53)

    assert report.quietness(
        {"add": [loud, quiet, loud], "quote": [quiet]}, {"add": [quiet], "quote": [quiet]}
    ) == ("2 of 4 turns kept, the quietest; in 0 of them others took more than 0.15 of a core")
    assert report.quietness({"add": [loud, quiet]}, {"add": [quiet, loud]}) == (
        "2 of 2 turns kept, the quietest; in 1 of them others took more than 0.15 of a core, 0.53 at most"
    )


def test_a_page_gets_the_new_table_between_its_marks_and_nothing_else(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"Before\n\n{report.BEGIN}\n```\nold\n```\n{report.END}\n\nAfter\n")

    report.write_into(page, ["row", "add"])

    assert page.read_text() == f"Before\n\n{report.BEGIN}\n```\nrow\nadd\n```\n{report.END}\n\nAfter\n"


@pytest.mark.parametrize("text", ["", report.BEGIN, f"{report.END} {report.BEGIN}"])
def test_a_page_without_marks_stays_as_it_is(tmp_path: Path, text: str) -> None:
    page = tmp_path / "page.md"
    page.write_text(text)

    with pytest.raises(ValueError, match=r"^DOCS: .*page.md does not have <!-- make bench"):
        report.write_into(page, ["row"])
    assert page.read_text() == text


def test_the_page_on_performance_has_the_marks() -> None:
    text = (ROOT / "docs/performance.md").read_text()

    assert -1 < text.find(report.BEGIN) < text.find(report.END)


def test_a_chart_has_the_ratios_of_which_more_is_better_by_row_and_database() -> None:
    names = ("flask", "quote", "add", "two_processes", "quote_postgresql")
    table = {"flask": FLASK, "quote": replace(QUOTE, database=0), "quote_postgresql": QUOTE}
    table |= {name: replace(FLASK, cpu=cpu) for name, cpu in (("upsert", 200), ("add", 2000))}
    found = {
        "quote": 3.0,
        "add": 0.1,
        "two_processes_to_one": 1.8,
        "quote_postgresql": 2.0,
        "add_p99_to_p50": 1.2,
    }

    assert chart.bars([find_row(name) for name in names], table, found) == [
        Bar("quote", "SQLite", 3.0, "× flask: 900 µs / 300 µs"),
        Bar("quote", "PostgreSQL", 2.0, "× flask: 900 µs / 450 µs"),
        Bar("add", "SQLite", 0.1, "× upsert: 200 µs / 2000 µs"),
        Bar("two_processes", "SQLite", 1.8, "× one_process, answers a second"),
    ]


def test_what_has_no_figure_has_no_bar() -> None:
    table = {"flask": FLASK, "cart_index_changed": QUOTE}

    assert chart.bars([find_row("cart_index_changed")], table, {"cart_index_changed": float("nan")}) == []


def test_bars_are_as_long_as_their_ratios() -> None:
    drawn = _drawn(
        Bar("quote", "SQLite", 4.0, ""), Bar("quote", "PostgreSQL", 1.0, ""), Bar("add", "SQLite", 0.5, "")
    )

    lengths = [float(each.attrib["width"]) for each in drawn.iter(f"{SVG}rect") if each.get("x") == "190"]
    assert lengths == [400, 100, 50]
    assert [line.attrib["x1"] for line in drawn.iter(f"{SVG}line")] == ["290.0"]  # 1 is 100 from the left


def test_bars_that_are_all_short_leave_room_for_the_floor() -> None:
    drawn = _drawn(Bar("add", "SQLite", 0.25, ""))

    assert [float(each.attrib["width"]) for each in drawn.iter(f"{SVG}rect") if each.get("x") == "190"] == [
        100
    ]


def _drawn(*bars: Bar) -> ElementTree.Element:
    return ElementTree.fromstring(chart.draw(bars))
