"""The least that reading customers can cost: requests, orjson, one JSON line a record.

Usage: bare_loop.py INSTANCE_URL TOKEN PAGE_SIZE SELECT EXPAND
"""

from __future__ import annotations

import sys

import orjson
import requests


def main() -> None:
    """Read every customer page by page, and write each record to standard output."""
    instance, token, page_size, select, expand = sys.argv[1:6]
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {token}"
    address = f"{instance}/entity/Default/24.200.001/Customer"
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
