"""Why Microsoft Entra refuses a token, by its error numbers (AADSTS...)."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from source_business_central.errors import ConfigError

_NO_TENANT: Final = (
    "Microsoft Entra does not know the tenant. Check the setting `tenant_id`: the Directory "
    "(tenant) ID on the app registration's overview."
)
_NO_APP: Final = (
    "Microsoft Entra does not find the app in this tenant. Check the settings "
    "`credentials.client_id` (the Application (client) ID) and `tenant_id`."
)
_WRONG_VALUE: Final = (
    "Microsoft Entra refuses the setting `credentials.client_secret`. Paste the secret's value, "
    "not its id; no second attempt was made."
)
_EXPIRED_VALUE: Final = (
    "The client secret has expired. Make a new one in the app registration and paste its value "
    "into the setting `credentials.client_secret`."
)
_CERTIFICATE: Final = (
    "Microsoft Entra refuses the certificate. Upload it to the app registration (Certificates & "
    "secrets), check that it has not expired, and that the settings `credentials.certificate` and "
    "`credentials.private_key` are of that very one."
)
_SCOPE: Final = (
    "Microsoft Entra does not know what the token is for. Check the setting `scope`: it names the "
    "Business Central API of your cloud and ends with /.default."
)
_NO_CONSENT: Final = (
    "The app has no consent for Business Central. Grant it the application permission "
    "API.ReadWrite.All with admin consent in Microsoft Entra."
)
_NUMBER: Final = re.compile(r"AADSTS(\d+)")
_BY_NUMBER: Final[Mapping[int, str]] = {
    90002: _NO_TENANT,
    900023: _NO_TENANT,
    700016: _NO_APP,
    7000215: _WRONG_VALUE,
    7000216: _WRONG_VALUE,
    7000218: _WRONG_VALUE,
    7000222: _EXPIRED_VALUE,
    700024: _CERTIFICATE,
    700027: _CERTIFICATE,
    7000212: _CERTIFICATE,
    7000214: _CERTIFICATE,
    500011: _SCOPE,
    70011: _SCOPE,
    1002012: _SCOPE,
    900144: _SCOPE,
    65001: _NO_CONSENT,
    650051: _NO_CONSENT,
    7000112: (
        "The app is disabled in Microsoft Entra. Have an administrator enable it, or set "
        "`credentials.client_id` to another app."
    ),
}
_BY_ERROR: Final[Mapping[str, str]] = {
    "invalid_client": (
        "Microsoft Entra refuses the app's credentials. Check the settings "
        "`credentials.client_id` and the secret or certificate; no second attempt was made."
    ),
    "unauthorized_client": _NO_APP,
    "invalid_scope": _SCOPE,
    "invalid_resource": _SCOPE,
}


def explain(status: int, answer: Mapping[str, Any]) -> ConfigError:
    """Make the failure that a person reads.

    Args:
        status: HTTP status.
        answer: The JSON of the answer; empty if it was none.
    """
    for number in _numbers(answer):
        if number in _BY_NUMBER:
            return ConfigError(_BY_NUMBER[number])
    error = str(answer.get("error", ""))
    if error in _BY_ERROR:
        return ConfigError(_BY_ERROR[error])
    return ConfigError(
        f"The token service gave no token (HTTP {status}). Check the settings `login_url`, "
        "`tenant_id` and `credentials`."
    )


def _numbers(answer: Mapping[str, Any]) -> Iterable[int]:
    codes = answer.get("error_codes")
    listed = [code for code in codes if isinstance(code, int)] if isinstance(codes, list) else []
    named = _NUMBER.findall(str(answer.get("error_description", "")))
    return [*listed, *map(int, named)]
