"""The registered application: its secret, its certificate, and the rights it was given."""

from __future__ import annotations

import base64
import hashlib
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

API_ROLE: Final = "API.ReadWrite.All"
RESOURCE: Final = "https://api.businesscentral.dynamics.com"
_KEY_BITS: Final = 2048


@dataclass(slots=True)
class Application:
    """An app registration in Entra, and its card in Business Central.

    Attributes:
        roles: what an administrator consented to; none = a token without the claim `roles`.
        registered: whether the page "Microsoft Entra Applications" knows it.
        enabled: its State there.
        webservice_user: for Basic, on-premises only.
        webservice_key: the same.
    """

    tenant_id: str
    client_id: str
    client_secret: str
    domain: str = "hollis.onmicrosoft.com"
    roles: tuple[str, ...] = (API_ROLE,)
    registered: bool = True
    enabled: bool = True
    webservice_user: str = "SYNC"
    webservice_key: str = "planted-webservice-key"

    @property
    def private_key(self) -> str:
        """The private key of its certificate, PEM."""
        return _key_pair(self.client_id)[0]

    @property
    def certificate(self) -> str:
        """Its certificate, PEM."""
        return _key_pair(self.client_id)[1]

    def thumbprints(self) -> tuple[str, str]:
        """What the header of an assertion names: `x5t` (SHA-1) and `x5t#S256`."""
        encoded = x509.load_pem_x509_certificate(self.certificate.encode())
        raw = encoded.public_bytes(serialization.Encoding.DER)
        sha1 = hashlib.sha1(raw, usedforsecurity=False).digest()
        return _base64url(sha1), _base64url(hashlib.sha256(raw).digest())


@dataclass(slots=True)
class Rights:
    """The permission sets of the application inside Business Central.

    Attributes:
        no_company: ids of companies that it may not open; the list shows them all the same.
        no_table: entity sets whose table it may not read.
        posted_documents: may read posted invoices and credit memos. Without it the pages leave
            them out and say nothing.
        open_documents: may read unposted ones; the same.
        write_sales_header: may write Sales Header: reading a draft may then write.
        write_contacts: may modify contacts.
        write_customers: may modify customers.
    """

    no_company: set[str] = field(default_factory=set)
    no_table: set[str] = field(default_factory=set)
    posted_documents: bool = True
    open_documents: bool = True
    write_sales_header: bool = True
    write_contacts: bool = True
    write_customers: bool = True


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


@cache
def _key_pair(name: str) -> tuple[str, str]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=_KEY_BITS)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"sync-{name[:8]}")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(uuid.uuid4().int >> 1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=365))
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return private.decode(), certificate.public_bytes(serialization.Encoding.PEM).decode()
