"""The page of reasons says what the code says."""

from __future__ import annotations

from pathlib import Path

from kit.protocol.reasons import Reason

PAGE = Path(__file__).parents[2] / "docs" / "reasons.md"


def test_every_reason_is_documented_word_for_word() -> None:
    page = PAGE.read_text()
    for reason in Reason:
        assert f"| `{reason.value}` | {reason.meaning} | {reason.advice} |" in page


def test_the_page_names_no_reason_that_does_not_exist() -> None:
    rows = [line for line in PAGE.read_text().splitlines() if line.startswith("| `")]
    assert len(rows) == len(Reason)
