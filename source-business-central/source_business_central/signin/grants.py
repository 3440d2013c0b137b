"""What a token is asked for with: a secret, or an assertion signed with a certificate's key."""

import base64
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from source_business_central.errors import ConfigError
from source_business_central.settings import AuthType, auth_type, tenant, web_address

_ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_ASSERTION_LIFE: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Grant:
    """A client credentials grant.

    Attributes:
        url: The token endpoint.
        client_id: The app registration.
        scope: What the token is for.
        secret: The client secret; empty if a certificate is used.
        private_key: The certificate's key, PEM; empty if a secret is used.
        certificate: The certificate, PEM.
    """

    url: str
    client_id: str
    scope: str
    secret: str = field(default="", repr=False)
    private_key: str = field(default="", repr=False)
    certificate: str = field(default="", repr=False)

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> "Grant":
        """Read the grant from the config.

        Args:
            config: The config, defaults filled in.

        Raises:
            ConfigError: A credential is missing or cannot be used.
        """
        given = config.get("credentials") or {}
        url = f"{web_address(config, 'login_url')}/{tenant(config)}/oauth2/v2.0/token"
        client_id = needed(given, "client_id")
        scope = str(config.get("scope") or "").strip()
        if auth_type(config) is AuthType.CERTIFICATE:
            grant = cls(
                url,
                client_id,
                scope,
                private_key=_pem(needed(given, "private_key")),
                certificate=_pem(needed(given, "certificate")),
            )
            _loaded(grant)
            return grant
        return cls(url, client_id, scope, secret=needed(given, "client_secret"))

    def form(self, now: datetime) -> dict[str, str]:
        """Return the form to post.

        Args:
            now: The present moment; an assertion is good for five minutes.
        """
        form = {
            "grant_type": "client_credentials",
            "client_id": self.client_id,
            "scope": self.scope,
        }
        if self.secret:
            return form | {"client_secret": self.secret}
        return form | {
            "client_assertion_type": _ASSERTION_TYPE,
            "client_assertion": _assertion(self, now),
        }


def needed(credentials: Mapping[str, Any], name: str) -> str:
    """Return a credential.

    Args:
        credentials: The setting `credentials`.
        name: The credential.

    Raises:
        ConfigError: It is missing.
    """
    value = credentials.get(name)
    if not isinstance(value, str) or not value.strip():
        raise ConfigError(f"Setting `credentials.{name}` is missing.")
    return value.strip()


def _assertion(grant: Grant, now: datetime) -> str:
    key, certificate = _loaded(grant)
    claims = {
        "aud": grant.url,
        "iss": grant.client_id,
        "sub": grant.client_id,
        "jti": str(uuid.uuid4()),
        "nbf": int(now.timestamp()),
        "exp": int((now + _ASSERTION_LIFE).timestamp()),
    }
    thumbprint = base64.urlsafe_b64encode(certificate.fingerprint(hashes.SHA256()))
    headers = {"x5t#S256": thumbprint.decode().rstrip("=")}
    return jwt.encode(claims, key, algorithm="PS256", headers=headers)


def _loaded(grant: Grant) -> tuple[RSAPrivateKey, x509.Certificate]:
    try:
        certificate = x509.load_pem_x509_certificate(grant.certificate.encode())
    except ValueError:
        raise ConfigError(
            "Setting `credentials.certificate` is no certificate in PEM form. Paste the text from "
            "-----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----."
        ) from None
    try:
        key = load_pem_private_key(grant.private_key.encode(), password=None)
    except (TypeError, ValueError):
        raise ConfigError(
            "Setting `credentials.private_key` is no private key in PEM form without a password. "
            "Paste the text from -----BEGIN PRIVATE KEY----- to -----END PRIVATE KEY-----."
        ) from None
    if not isinstance(key, RSAPrivateKey) or key.public_key() != certificate.public_key():
        raise ConfigError(
            "Settings `credentials.private_key` and `credentials.certificate` do not belong "
            "together, or are no RSA pair. Paste the key that the certificate was made for."
        )
    return key, certificate


def _pem(text: str) -> str:
    """Mend what a form field of one line does to a PEM text: it loses its line ends."""
    text = text.replace("\\n", "\n").replace("\r", "")
    if "\n" in text:
        return text
    head, _, rest = text.removeprefix("-----BEGIN ").partition("-----")
    body = rest.partition("-----END ")[0]
    return "\n".join((f"-----BEGIN {head}-----", *body.split(), f"-----END {head}-----"))
