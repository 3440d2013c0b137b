"""One consent by authorization code with PKCE: the address to open, and what comes back from it.

Pure but for the random values that a consent begins with.
"""

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qs, urlencode, urlsplit

from source_acumatica.errors import ConfigError

SCOPE: Final = "api offline_access"
_ERROR_CODE: Final = re.compile(r"[a-z_]{1,40}")


@dataclass(frozen=True, slots=True)
class Consent:
    """What is asked of a person, and what proves that the answer belongs to it.

    Attributes:
        client_id: The connected application.
        redirect_uri: Where the browser is sent with the code.
        state: Comes back with the code.
        verifier: Shown only when the code is exchanged.
    """

    client_id: str
    redirect_uri: str
    state: str
    verifier: str

    @classmethod
    def begin(cls, client_id: str, redirect_uri: str) -> "Consent":
        """Return a new consent.

        Args:
            client_id: The connected application.
            redirect_uri: Where the browser is sent with the code.
        """
        return cls(client_id, redirect_uri, secrets.token_urlsafe(24), secrets.token_urlsafe(64))

    def address(self, authorize_endpoint: str) -> str:
        """Return the address at which a person consents.

        Args:
            authorize_endpoint: As the instance's discovery document has it.
        """
        digest = hashlib.sha256(self.verifier.encode()).digest()
        query = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "scope": SCOPE,
            "state": self.state,
            "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
            "code_challenge_method": "S256",
        }
        return f"{authorize_endpoint}?{urlencode(query)}"

    def code_in(self, address: str) -> str:
        """Return the code in the address to which the browser was led.

        Args:
            address: The address, whole or without its host.

        Raises:
            ConfigError: The consent was not given, or the address is not the answer to it.
        """
        query = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        if "error" in query:
            raise _not_given(query["error"])
        if not query.get("code"):
            raise ConfigError(
                "The address holds no code. Paste the whole address to which the browser was led "
                f"after the consent; it begins with {self.redirect_uri}."
            )
        if not hmac.compare_digest(query.get("state", "").encode(), self.state.encode()):
            raise ConfigError(
                "The answer belongs to another consent (the state differs), so it was not used. "
                "Run the command again, and use the address that it prints then."
            )
        return query["code"]

    def form(self, code: str, client_secret: str) -> dict[str, str]:
        """Return the form that exchanges the code for tokens.

        Args:
            code: The code.
            client_secret: The connected application's secret.
        """
        return {
            "grant_type": "authorization_code",
            "client_id": self.client_id,
            "client_secret": client_secret,
            "code": code,
            "redirect_uri": self.redirect_uri,
            "code_verifier": self.verifier,
        }


def _not_given(error: str) -> ConfigError:
    told = error if _ERROR_CODE.fullmatch(error) else "an unknown error"
    return ConfigError(_REFUSED.get(error, _OTHER.format(error=told)))


_APPLICATION: Final = "form Connected Applications SM303010"
_OTHER: Final = (
    "Acumatica refused the consent ({error}). Check the connected application on "
    f"{_APPLICATION}, and run the command again."
)
_REFUSED: Final[Mapping[str, str]] = {
    "access_denied": (
        "The consent was denied, so there is no token. Run the command again, sign in as a user "
        "who may read the forms of the streams, and allow access."
    ),
    "invalid_scope": (
        f"The connected application may not be given the scope `{SCOPE}`. Allow it on "
        f"{_APPLICATION}, and run the command again."
    ),
    "unauthorized_client": (
        f"The connected application does not allow this flow. Set its flow on {_APPLICATION} to "
        "Authorization Code, and run the command again."
    ),
}
