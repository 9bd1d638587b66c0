"""axe-core's findings on a page, and in its frames."""

from collections.abc import Iterator, Mapping
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

# Every rule of WCAG 2.2 A and AA, and what axe holds for good practice; targets' size must be asked for.
RUN = """only => axe.run(document, {
  rules: {'target-size': {enabled: true}},
  resultTypes: ['violations'],
  ...(only.length ? {runOnly: only} : {}),
})"""


def findings(page: Page, *only: str) -> list[str]:
    """In words, of whatever impact; empty when all is well. `only` names the rules to be kept, if not all."""
    for frame in page.frames:
        if not frame.evaluate("'axe' in window"):
            frame.evaluate(AXE_SCRIPT)
    found: dict[str, Any] = page.evaluate(RUN, only)
    return [words for rule in found["violations"] for words in _words(rule)]


def _words(rule: Mapping[str, Any]) -> Iterator[str]:
    for node in rule["nodes"]:
        why = " ".join(str(node["failureSummary"]).split())
        yield f"{rule['id']} ({rule['impact']}) at {node['target']}: {why}"
