"""The least that reading a stream page by page can cost: requests, orjson, one JSON line a record.

Usage: bare_loop.py ADDRESS TOKEN PAGE_SIZE SELECT EXPAND
"""

from __future__ import annotations

import sys

import orjson
import requests


def main() -> None:
    """Read every row page by page, and write each one to standard output."""
    address, token, page_size, select, expand = sys.argv[1:6]
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {token}"
    out = sys.stdout.buffer
    skip = 0
    while True:
        parameters = {
            "$select": select,
            "$expand": expand,
            "$filter": "LastModifiedDateTime ge datetimeoffset'2000-01-01T00:00:00.000Z'",
            "$top": page_size,
            "$skip": str(skip),
        }
        answer = session.get(address, params=parameters, timeout=600)
        answer.raise_for_status()
        rows = orjson.loads(answer.content)
        for row in rows:
            out.write(orjson.dumps({"type": "RECORD", "record": {"stream": "c", "data": row}}))
            out.write(b"\n")
        if len(rows) < int(page_size):
            return
        skip += len(rows)


if __name__ == "__main__":
    main()
