"""Whether an e-mail address is well formed: email-validator's answer, at once for plain ones."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email

_LONGEST: Final = 254
_PLAIN: Final = re.compile(
    r"(?=[^@]{1,64}@)[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*"  # at most 64 characters before the @
    r"@(?:(?=[^.]{1,63}\.)[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*\.)+([A-Za-z]{2,63})",
    re.ASCII,
)
"""Plain addresses: every one of them is valid, unless its top-level domain is a special one."""


def is_email(address: str) -> bool:
    """Tell whether an address is well formed; nothing is asked over the network."""
    plain = _PLAIN.fullmatch(address) if len(address) <= _LONGEST else None
    if plain is None or plain[1].lower() in SPECIAL_USE_DOMAIN_NAMES:
        return _is_valid(address)
    return True


@lru_cache(maxsize=4_096)
def _is_valid(address: str) -> bool:
    try:
        validate_email(address, check_deliverability=False, strict=True)
    except EmailNotValidError:
        return False
    return True
