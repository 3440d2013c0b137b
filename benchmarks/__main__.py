"""Run the benchmarks: `python -m benchmarks [NAME ...]`; default: all."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from benchmarks import acumatica, business_central, pages, whole_run

ALL: Final[Mapping[str, Callable[[Path], bool]]] = {
    "acumatica": acumatica.main,
    "business-central": business_central.main,
    "pages": pages.main,
    "whole-run": whole_run.main,
}


def main(names: list[str]) -> int:
    """Run these benchmarks; 0 if every bound was kept."""
    unknown = set(names) - set(ALL)
    if unknown:
        print(f"No benchmark is called {', '.join(unknown)}. There are: {', '.join(ALL)}.")
        return 2
    kept = True
    for name in names or ALL:
        with tempfile.TemporaryDirectory() as folder:
            kept &= ALL[name](Path(folder))
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
