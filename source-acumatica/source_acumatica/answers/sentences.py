"""What a person is told about an answer that cannot be used.

No text of an answer ever goes into a sentence but names of fields, views and exception types: the
rest may be personal data.
"""

import re
from collections.abc import Callable, Sequence
from typing import Final

import requests

from source_acumatica.answers.answer import Answer
from source_acumatica.endpoint.streams import FORMS
from source_acumatica.errors import (
    AcumaticaError,
    CannotOptimizeError,
    ConfigError,
    MissingRecordError,
    NoSeatError,
    NothingThereError,
    NotReadableError,
    PassingError,
    TokenRefusedError,
)

_DELEGATE_LINE: Final = re.compile(r"([\w./]+): View (\w+) has BQL delegate")
_DELEGATE_VIEW: Final = re.compile(r"(?i)there is a BqlDelegate in view (\w+)")
_EXCEPTION_TYPE: Final = re.compile(r'"exceptionType"\s*:\s*"([\w.`]+)"')
_SERVER_ERROR: Final = 500


def refusal(answer: Answer) -> AcumaticaError:
    """Tell why an answer cannot be used, and asking again would not help.

    Args:
        answer: An error that is neither passing nor about the token.
    """
    text = answer.body.lower()
    for signs, tell in _TOLD_BY_TEXT:
        if any(sign in text for sign in signs):
            return tell(answer)
    if answer.redirected:
        return ConfigError(
            "The instance led to another page instead of answering. Check the setting "
            "`instance_url`; if it is right, the tenant may hold a broken endpoint: look at form "
            "Web Service Endpoints SM207060 there."
        )
    if answer.is_page and answer.status != requests.codes.not_found:
        return _web_page(answer)
    return _by_status(answer)


def busy(answer: Answer, retries: int) -> PassingError:
    """Tell that Acumatica was busy for longer than the retries last.

    Args:
        answer: The last answer.
        retries: How often it was asked again.
    """
    return PassingError(
        f"Acumatica was busy when asked for {answer.subject} (HTTP {answer.status}), also after "
        f"{retries} retries. What was read so far is kept; run again later, or lower "
        "`requests_per_minute`."
    )


def cut_off(answer: Answer) -> PassingError:
    """Tell that an answer ended too early.

    Args:
        answer: The last answer.
    """
    return PassingError(
        f"Acumatica's answer for {answer.subject} was cut off on the way. What was read so far is "
        "kept; run again later, or lower `page_size` if it happens again."
    )


def token_refused() -> TokenRefusedError:
    """Tell that a new token was refused as well."""
    return TokenRefusedError(
        "Acumatica refuses the access token. Check the setting `credentials`: that the connected "
        "application still exists on form Connected Applications SM303010 and belongs to this "
        "instance. What was read so far is kept."
    )


def unreachable(error: requests.RequestException) -> ConfigError:
    """Tell that the instance could not be reached.

    Args:
        error: What `requests` raised; only its kind is told.
    """
    return ConfigError(
        f"The instance could not be reached ({type(error).__name__}). Check the setting "
        "`instance_url`, and that this machine may connect to it."
    )


def login_limit() -> NoSeatError:
    """Tell that the licence has no free session, and which form frees one."""
    return NoSeatError(
        "Acumatica's licence has no free API session (API Login Limit): form License Monitoring "
        "Console SM604000 shows how many it allows. Sign out another integration or wait an hour, "
        "then run again; no second attempt was made."
    )


def _web_page(answer: Answer) -> AcumaticaError:
    if answer.status >= _SERVER_ERROR:
        return ConfigError(
            f"The address answered with a web page instead of data (HTTP {answer.status}). If the "
            "instance works in a browser, check that the setting `instance_url` ends with the site "
            "folder, such as https://erp.example.com/Site; what was read so far is kept."
        )
    return ConfigError(
        "The address answered with a web page instead of data. Check the setting "
        "`instance_url`: it ends with the site folder, such as https://erp.example.com/Site."
    )


def _by_status(answer: Answer) -> AcumaticaError:
    if answer.status == requests.codes.not_found:
        return _nothing_there(answer)
    if answer.status == requests.codes.forbidden:
        return _forbidden(answer)
    kind = _EXCEPTION_TYPE.search(answer.body)
    told = f", {kind[1]}" if kind else ""
    return AcumaticaError(
        f"Acumatica refused to list {answer.subject} (HTTP {answer.status}{told}). What was read "
        "so far is kept; the trace of the request is in Acumatica's form Request Profiler "
        "SM205070."
    )


def _nothing_there(answer: Answer) -> AcumaticaError:
    if answer.single:
        return _no_such_record(answer)
    return NothingThereError(
        f"Acumatica has no {answer.subject} at this address. Check the settings "
        "`endpoint_name` and `endpoint_version`; the connection check lists the versions on "
        "offer."
    )


def _forbidden(answer: Answer) -> NotReadableError:
    return NotReadableError(
        f"The user may not read {answer.subject}. Give the user's role access to form "
        f"{_form(answer)} in Acumatica, or leave this stream out.",
        answer.subject,
        _form(answer),
    )


def _setup_missing(answer: Answer) -> NotReadableError:
    return NotReadableError(
        f"Acumatica cannot list {answer.subject} yet: a feature is off or its setup form is "
        f"empty. Open form {_form(answer)} there, or leave this stream out.",
        answer.subject,
        _form(answer),
    )


def _no_such_record(answer: Answer) -> MissingRecordError:
    return MissingRecordError(
        f"Acumatica has no record of {answer.subject} under this key any more. Run again: records "
        "that were deleted are left out."
    )


def _not_optimized(answer: Answer) -> CannotOptimizeError:
    text = answer.body.replace("\\r", "").replace("\\n", "\n")  # JSON's escapes, not parsed
    named = {f"{field} (view {view})" for field, view in _DELEGATE_LINE.findall(text)}
    named |= {f"a field of view {view}" for view in _DELEGATE_VIEW.findall(text)}
    return CannotOptimizeError(answer.subject, sorted(named))


def _wrong_types(answer: Answer) -> ConfigError:
    return ConfigError(
        f"Acumatica did not understand the filter on {answer.subject} (incompatible types), as an "
        "endpoint of another contract version would. Set `endpoint_version` to one of contract "
        "version 4, such as 24.200.001."
    )


def _unknown_tenant(_answer: Answer) -> ConfigError:
    return ConfigError(
        "Acumatica does not know the tenant. Check what follows the @ in the setting "
        "`credentials.client_id`."
    )


def _wrong_password(_answer: Answer) -> ConfigError:
    return ConfigError(
        "Acumatica refused to sign in. Check the settings `credentials.username` and "
        "`credentials.password`; no second attempt was made, so the account is not locked by "
        "this connector."
    )


def _form(answer: Answer) -> str:
    return FORMS.get(answer.subject, "Web Service Endpoints SM207060")


_TOLD_BY_TEXT: Final[Sequence[tuple[tuple[str, ...], Callable[[Answer], AcumaticaError]]]] = (
    (
        (
            "has bql delegate",
            "cannotoptimizeexception",
            "there is a bqldelegate in view",
            "key was not present in the dictionary",
        ),
        _not_optimized,
    ),
    (("noentitysatisfiestheconditionexception",), _no_such_record),
    (("incompatible types",), _wrong_types),
    (("invalid credentials", "invalid_grant", "invalid_username_or_password"), _wrong_password),
    (("pxundefinedcompanyexception",), _unknown_tenant),
    (("pxsetupnotenteredexception",), _setup_missing),
)
"""Signs in an answer's text, lower case -> what is told; the first that fits counts."""
