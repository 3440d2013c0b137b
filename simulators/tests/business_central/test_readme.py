from __future__ import annotations

import re
from pathlib import Path

README = Path(__file__).parents[2] / "README.md"


def test_the_example_of_the_readme_runs() -> None:
    section = README.read_text("utf-8").partition("## Business Central")[2]
    example = re.search(r"```python\n(.*?)```", section, re.DOTALL)
    assert example is not None
    exec(compile(example[1], str(README), "exec"), {})  # noqa: S102 - our own text
