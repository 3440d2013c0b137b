"""The least that reading OData lists can cost: requests, orjson, one JSON line a record.

Usage: bare_links.py TOKEN PAGE_SIZE ADDRESS...
"""

from __future__ import annotations

import sys

import orjson
import requests


def main() -> None:
    """Read every list, link by link, and write each row to standard output."""
    token, page_size, *addresses = sys.argv[1:]
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {token}"
    session.headers["Prefer"] = f"odata.maxpagesize={page_size}"
    out = sys.stdout.buffer
    for first in addresses:
        address: str | None = first
        while address is not None:
            answer = session.get(address, timeout=600)
            answer.raise_for_status()
            page = orjson.loads(answer.content)
            for row in page["value"]:
                out.write(orjson.dumps({"type": "RECORD", "record": {"stream": "c", "data": row}}))
                out.write(b"\n")
            address = page.get("@odata.nextLink")


if __name__ == "__main__":
    main()
