"""The token service of an instance: one form goes in, tokens or one sentence come out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import requests

from source_acumatica.answers.answer import Answer
from source_acumatica.answers.exchange import FIRST_CONTACT
from source_acumatica.errors import AcumaticaError, ConfigError

_DEFAULT_LIFE: Final = 3600
_REDIRECTS: Final = range(300, 400)


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a token service gives. Never printed but where a person asked for it.

    Attributes:
        access: The access token.
        expires: When it ends, UTC.
        refresh: The token for the next exchange; empty if there is none.
    """

    access: str
    expires: datetime
    refresh: str = ""

    def as_settings(self) -> dict[str, str]:
        """Return them as the settings below `credentials` that keep them."""
        kept = {
            "access_token": self.access,
            "token_expiry_date": self.expires.isoformat(timespec="seconds")[:-6] + "Z",
        }
        return {"refresh_token": self.refresh, **kept} if self.refresh else kept


def post(url: str, form: Mapping[str, str]) -> requests.Response:
    """Send a form to the token service, and follow nobody elsewhere with it.

    Args:
        url: The token endpoint.
        form: The form, secrets and all.
    """
    return requests.post(url, data=form, timeout=FIRST_CONTACT, allow_redirects=False)


def parse(body: Any) -> Tokens:  # noqa: ANN401 - JSON of any shape
    """Read the answer of a token service.

    Args:
        body: The answer's JSON.

    Raises:
        AcumaticaError: It holds no token.
    """
    access = body.get("access_token") if isinstance(body, Mapping) else None
    if not isinstance(access, str) or not access:
        raise AcumaticaError("Acumatica's token service answered without a token. Run again later.")
    try:
        life = int(body.get("expires_in") or _DEFAULT_LIFE)
    except (TypeError, ValueError):
        life = _DEFAULT_LIFE
    expires = datetime.now(UTC) + timedelta(seconds=life)
    return Tokens(access, expires, str(body.get("refresh_token") or ""))


def diagnose(answer: Answer) -> AcumaticaError | None:
    """Tell the failures that every request for a token may meet; None for all others.

    Args:
        answer: The answer.
    """
    if "invalid_client" in answer.body or "unauthorized_client" in answer.body:
        return ConfigError(
            "Acumatica does not accept the connected application. Check the settings "
            "`credentials.client_id` (an id, @ and the tenant, from form Connected "
            "Applications SM303010) and `credentials.client_secret`."
        )
    if answer.status == requests.codes.not_found or answer.status in _REDIRECTS:
        return ConfigError(
            "There is no token service at this address. Check the setting `instance_url`: it "
            "ends with the site folder, such as https://erp.example.com/Site."
        )
    return None
