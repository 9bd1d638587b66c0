"""What make audit makes of pip-audit's answers: all is well only with what was really looked up."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.audit.__main__ import FILES, ROOT, main
from tests.audit.verdict import KNOWN_TO_BE_BAD, Pin, problems, read_pins

JINJA, PSYCOPG = Pin("jinja2", "3.1.6"), Pin("psycopg-binary", "3.3.1")
PINS = {JINJA, PSYCOPG}
HOLE = {"id": "PYSEC-2020-35", "fix_versions": ["2.2.10", "3.0.3"], "aliases": ["CVE-2020-7471"]}
DJANGO = {"name": "django", "version": "3.0", "vulns": [HOLE]}
FINE = [
    {"name": "jinja2", "version": "3.1.6", "vulns": []},
    {"name": "psycopg-binary", "version": "3.3.1", "vulns": []},
]
NOT_FOUND = "Dependency not found on PyPI and could not be audited: jinja2 (3.1.6)"
NO_ANSWER = "There is no answer that can be read: the advisories could not be asked."
KNOWS_NOTHING = "The service knows no hole in django 3.0, which has many: it cannot be relied on."


def told(*dependencies: dict[str, Any]) -> str:
    return json.dumps({"dependencies": list(dependencies), "fixes": []})


def test_all_is_well_when_each_was_looked_up_and_the_old_hole_was_found() -> None:
    assert problems(told(*FINE, DJANGO), PINS) == []


def test_a_known_hole_is_named_with_the_version_that_mends_it() -> None:
    hole = {"id": "GHSA-cpwx-vrp4-4pq7", "fix_versions": ["3.1.7"], "aliases": ["CVE-2027-1"]}
    unmended = {"id": "PYSEC-2027-2", "fix_versions": [], "aliases": []}
    jinja = {"name": "Jinja2", "version": "3.1.6", "vulns": [hole, unmended]}
    assert problems(told(jinja, FINE[1], DJANGO), PINS) == [
        "jinja2 3.1.6 has a known hole, mended in 3.1.7: GHSA-cpwx-vrp4-4pq7 CVE-2027-1",
        "jinja2 3.1.6 has a known hole, not mended yet: PYSEC-2027-2",
    ]


def test_a_skipped_package_counts_as_failed() -> None:
    skipped = {"name": "jinja2", "skip_reason": NOT_FOUND}
    assert problems(told(skipped, FINE[1], DJANGO), PINS) == [
        f"jinja2 3.1.6 was skipped, which counts as failed: {NOT_FOUND}"
    ]


def test_a_mirror_without_advisories_skips_all_and_that_is_no_good_news() -> None:
    """pip-audit itself says "No known vulnerabilities found" to this, and exits with 0."""
    names = ("jinja2", "psycopg-binary", "django")
    assert problems(told(*({"name": name, "skip_reason": "not found"} for name in names)), PINS) == [
        "jinja2 3.1.6 was skipped, which counts as failed: not found",
        "psycopg-binary 3.3.1 was skipped, which counts as failed: not found",
        KNOWS_NOTHING,
    ]


def test_a_service_that_finds_nothing_in_anything_is_not_believed() -> None:
    assert problems(told(*FINE, {**DJANGO, "vulns": []}), PINS) == [KNOWS_NOTHING]
    assert problems(told(*FINE), PINS) == [KNOWS_NOTHING]


def test_what_the_answer_leaves_out_was_not_looked_up() -> None:
    assert problems(told(FINE[0], DJANGO), PINS) == ["psycopg-binary 3.3.1 was not looked up."]
    another = {"name": "psycopg-binary", "version": "3.3.2", "vulns": []}
    assert problems(told(FINE[0], another, DJANGO), PINS) == ["psycopg-binary 3.3.1 was not looked up."]


@pytest.mark.parametrize("answer", [told(), '{"dependencies": {}}'])
def test_an_empty_answer_looked_up_nothing(answer: str) -> None:
    assert problems(answer, PINS) == [
        "jinja2 3.1.6 was not looked up.",
        "psycopg-binary 3.3.1 was not looked up.",
        KNOWS_NOTHING,
    ]


@pytest.mark.parametrize(
    "answer",
    ["", "{}", "[]", "null", "<html>502</html>", '{"dependencies": null}', '{"dependencies": [null]}']
    + ['{"dependencies": [{"name": "jinja2"}]}', told({**FINE[0], "vulns": [{}]}), told(DJANGO)[:-9]],
)
def test_a_crash_or_an_answer_of_another_form_counts_as_failed(answer: str) -> None:
    assert problems(answer, PINS) == [NO_ANSWER]


PINNED = """\
jinja2==3.1.6 \\
    --hash=sha256:0137fb05990d35f1275a587e9aee6d56da821fc83491a0fb838183be43f66d6d \\
    --hash=sha256:85ece4451f492d0c13c5dd7c13a64681a86afae63a5f347908daf103ce6d2f67
    # via webshop (pyproject.toml)
Psycopg_Binary==3.3.1 ; implementation_name != 'pypy' and sys_platform == 'win32' \\
    --hash=sha256:0137fb05990d35f1275a587e9aee6d56da821fc83491a0fb838183be43f66d6d
    # via psycopg
"""


def test_pins_are_read_whatever_the_platform() -> None:
    assert read_pins(PINNED) == PINS


@pytest.mark.parametrize(
    "line",
    ["jinja2>=3", "jinja2", "-r other.txt", "-e .", "a @ https://files.example/a.whl", "a==1 b==2"],
)
def test_what_is_pinned_to_no_version_is_not_passed_over(line: str) -> None:
    with pytest.raises(ValueError, match="is pinned to no version"):
        read_pins(PINNED + line)


def test_the_files_of_this_repository_can_be_read() -> None:
    for name in FILES:
        text = (ROOT / name).read_text()
        assert len(read_pins(text)) == sum(line[:1].isalpha() for line in text.splitlines()) > 20, name
    assert KNOWN_TO_BE_BAD.name not in "".join((ROOT / name).read_text() for name in FILES)


def answering(answer: str, *, last_words: str = "", code: int = 0) -> list[str]:
    """A program in the place of pip-audit, which must be handed each list."""
    program = f"""
import sys
files = [option for option in sys.argv if option.endswith(".txt")]
asked = [open(file).read() for file in files]
assert asked == ["jinja2==3.1.6\\npsycopg-binary==3.3.1\\n", "django==3.0\\n"], asked
sys.stdout.write({answer!r})
sys.stderr.write({last_words!r})
sys.exit({code})
"""
    return [sys.executable, "-c", program]


@pytest.fixture
def requirements(tmp_path: Path) -> list[Path]:
    (tmp_path / "requirements.txt").write_text(PINNED)
    return [tmp_path / "requirements.txt"]


def test_it_exits_with_0_only_when_all_is_well(
    requirements: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    # pip-audit itself exits with 1 here: it was asked about a package with a known hole, too.
    assert main(requirements, answering(told(*FINE, DJANGO), code=1)) == 0
    assert capsys.readouterr() == ("All 2 packages were looked up, and none has a known hole.\n", "")


@pytest.mark.parametrize(
    ("answer", "last_words", "code"),
    [
        (told(*FINE), "No known vulnerabilities found", 0),
        ("", "requests.exceptions.ConnectionError: Failed to resolve 'api.osv.dev'", 1),
        ("", "", -9),
    ],
)
def test_it_exits_with_1_and_says_why(
    requirements: list[Path], capsys: pytest.CaptureFixture[str], answer: str, last_words: str, code: int
) -> None:
    assert main(requirements, answering(answer, last_words=f"a\n{last_words}\n", code=code)) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == ([KNOWS_NOTHING] if answer else [NO_ANSWER, last_words or "a"])


def test_without_pip_audit_or_a_file_it_fails_too(
    requirements: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(requirements, [str(tmp_path / "pip-audit")]) == 1
    assert capsys.readouterr().err.startswith(f"{NO_ANSWER}\n")
    assert main([tmp_path / "lost.txt"], answering("")) == 1
    assert capsys.readouterr().err.startswith("The requirements cannot be read: ")
