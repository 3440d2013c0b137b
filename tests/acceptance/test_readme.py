"""The README shows what the demo prints."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from simulators.wholesaler import Wholesaler, wholesaler
from tests.acceptance.conftest import CONNECTION

README = Path(__file__).parents[2] / "README.md"
COMMAND = f"    $ glue run {CONNECTION}\n"


@pytest.fixture
def data() -> Wholesaler:
    """The demo's own, instead of the smaller one of the other tests."""
    return wholesaler()


def lines(text: str) -> set[str]:
    """The lines of an output, without the seconds, which differ from machine to machine."""
    return {re.sub(r"[0-9.]+ s(econds)?\b", "", line).strip() for line in text.splitlines()}


@pytest.mark.slow
def test_the_readme_shows_what_the_demo_prints(world: Any) -> None:
    _, first, second = README.read_text(encoding="utf-8").split(COMMAND)
    world.approves()
    run = world.succeeds("run", CONNECTION)
    shown = lines(first) - {"", "..."}
    assert len(shown) > 15
    assert not shown - lines(run.out)
    again = world.succeeds("run", CONNECTION)
    shown = lines(second[: second.index("    ...")])
    assert len(shown) > 5
    assert not shown - lines(again.out)
