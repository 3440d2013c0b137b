"""Who may call: API keys by Basic, tokens by Bearer or OAuth, roles, the OAuth metadata."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping

from simulators.mailchimp.account import ADMIN_ROLES, Rules
from simulators.mailchimp.bodies import Document
from simulators.mailchimp.problems import Problem, forbidden, key_invalid, key_missing

_KEY = re.compile(r"[0-9a-f]{32}(-[a-z]+[0-9]+)?")
_READS = frozenset({"GET", "HEAD"})


def authorise(rules: Rules, header: str, method: str) -> None:
    """Let a call pass, or refuse it.

    A well-formed key (32 hexadecimal digits, a dash, the data centre) passes as Basic password
    with any user; any token passes as `Bearer` or `OAuth`. Refused keys do not.

    Args:
        rules: The refused keys and the role.
        header: The header `Authorization`; empty if there is none.
        method: The call's method; a low role may read only.

    Raises:
        Problem: 401, or 403 for a write by a low role.
    """
    secret = _secret(header)
    if not secret:
        raise key_missing()
    refused = rules.refused_keys
    if refused and (secret in refused or secret.partition("-")[0] in refused):
        raise key_invalid()
    if header[:6].lower() == "basic " and _KEY.fullmatch(secret) is None:
        raise key_invalid()
    if method not in _READS and rules.role not in ADMIN_ROLES:
        raise forbidden()


def _secret(header: str) -> str:
    scheme, _, rest = header.partition(" ")
    rest = rest.strip()
    match scheme.lower():
        case "basic":
            try:
                decoded = base64.b64decode(rest, validate=True).decode()
            except (binascii.Error, UnicodeDecodeError):
                return ""
            return decoded.partition(":")[2]
        case "bearer" | "oauth":
            return rest
        case _:
            return rest


def metadata(rules: Rules, header: str, base_url: str) -> Document:
    """Return what `/oauth2/metadata` answers; a bad token gets 200 with an error too."""
    token = _secret(header)
    if not token or token in rules.refused_keys or token.partition("-")[0] in rules.refused_keys:
        return {"error": "invalid_token", "error_description": "The access token is invalid."}
    return {
        "dc": "us1",
        "role": rules.role,
        "accountname": "Simulated Wholesale",
        "user_id": "100001",
        "login": {
            "email": "owner@wholesale.test",
            "avatar": None,
            "login_id": "100001",
            "login_name": "wholesale",
            "login_email": "owner@wholesale.test",
        },
        "login_url": "https://login.mailchimp.com",
        "api_endpoint": base_url,
    }


def exchanged(form: Mapping[str, str], token: str) -> Document | Problem:
    """Return what `/oauth2/token` answers to a code: a token that never ends."""
    needed = ("client_id", "client_secret", "code")
    if form.get("grant_type") != "authorization_code" or not all(form.get(n) for n in needed):
        return Problem(400, "invalid_request", "The code exchange lacks a parameter.")
    return {"access_token": token, "expires_in": 0, "scope": None}
