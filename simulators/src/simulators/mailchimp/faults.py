"""Faults of the API beyond those of the connection; switched on by name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from simulators.mailchimp.api import Answer

BEFORE: Mapping[str, str] = MappingProxyType(
    {
        "bad_gateway_before": "502 with an HTML page; nothing was done",
        "internal_error": "500 with a problem document; nothing was done",
        "bare_forbidden": "403 without a body, as the throttle at the edge answers",
        "bare_throttle": "429 without a body",
    }
)
AFTER: Mapping[str, str] = MappingProxyType(
    {"bad_gateway_after": "502 with an HTML page, after the call was carried out"}
)
FAULTS: Mapping[str, str] = MappingProxyType({**BEFORE, **AFTER})

_PAGE = (
    b"<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n"
    b"<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n"
)
BAD_GATEWAY = Answer(502, {"Content-Type": "text/html; charset=utf-8"}, _PAGE)
BARE_FORBIDDEN = Answer(403, {})
BARE_THROTTLE = Answer(429, {})
