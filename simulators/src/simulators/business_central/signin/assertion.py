"""A client assertion: the JWT that stands for a secret, checked as Entra checks it."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

import orjson
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from simulators.business_central.signin.application import Application

ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_PARTS: Final = 3


class RefusedAssertionError(Exception):
    """The assertion is refused; the arguments are the AADSTS number and its text."""

    def __init__(self, number: int, text: str) -> None:
        super().__init__(text)
        self.number = number


def check_assertion(token: str, application: Application, audiences: frozenset[str]) -> None:
    """Accept an assertion, or raise.

    It was signed on the client's clock, which is the real one; so it is checked against that.

    Args:
        token: the JWT.
        application: whose certificate must have signed it.
        audiences: the addresses of the token endpoint that `aud` may name.

    Raises:
        RefusedAssertionError: it is malformed, of somebody else, out of time, or not signed well.
    """
    parts = token.split(".")
    if len(parts) != _PARTS:
        raise RefusedAssertionError(50027, "JWT token is invalid or malformed.")
    header, claims = _json(parts[0]), _json(parts[1])
    _check_signature(parts, header, application)
    _check_claims(claims, application, audiences)


def _check_signature(parts: list[str], header: Mapping[str, Any], application: Application) -> None:
    sha1, sha256 = application.thumbprints()
    if header.get("x5t") != sha1 and header.get("x5t#S256") != sha256:
        raise RefusedAssertionError(
            700027,
            "The certificate with identifier used to sign the client assertion is not registered "
            "on application.",
        )
    schemes = {
        "RS256": padding.PKCS1v15(),
        "PS256": padding.PSS(padding.MGF1(hashes.SHA256()), hashes.SHA256.digest_size),
    }
    scheme = schemes.get(str(header.get("alg")))
    if scheme is None:
        raise RefusedAssertionError(5002738, "Invalid JWT token. The algorithm is not supported.")
    public = x509.load_pem_x509_certificate(application.certificate.encode()).public_key()
    if not isinstance(public, rsa.RSAPublicKey):
        raise TypeError("The application's certificate holds no RSA key.")
    try:
        public.verify(_bytes(parts[2]), f"{parts[0]}.{parts[1]}".encode(), scheme, hashes.SHA256())
    except InvalidSignature as error:
        raise RefusedAssertionError(
            700027, "Client assertion failed signature validation."
        ) from error


def _check_claims(
    claims: Mapping[str, Any], application: Application, audiences: frozenset[str]
) -> None:
    client = application.client_id
    if claims.get("iss") != client or claims.get("sub") != client:
        raise RefusedAssertionError(
            700021, "Client assertion application identifier doesn't match 'client_id' parameter."
        )
    if claims.get("aud") not in audiences:
        raise RefusedAssertionError(
            700023, "Client assertion audience claim does not match Realm issuer."
        )
    now = datetime.now(UTC).timestamp()
    expires, starts = claims.get("exp"), claims.get("nbf", 0)
    if not isinstance(expires, int) or not isinstance(starts, int):
        raise RefusedAssertionError(50027, "JWT token is invalid or malformed.")
    if not starts - 300 <= now < expires + 300:
        raise RefusedAssertionError(700024, "Client assertion is not within its valid time range.")


def _bytes(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError) as error:
        raise RefusedAssertionError(50027, "JWT token is invalid or malformed.") from error


def _json(text: str) -> Mapping[str, Any]:
    try:
        found = orjson.loads(_bytes(text))
    except orjson.JSONDecodeError as error:
        raise RefusedAssertionError(50027, "JWT token is invalid or malformed.") from error
    if not isinstance(found, dict):
        raise RefusedAssertionError(50027, "JWT token is invalid or malformed.")
    return found
