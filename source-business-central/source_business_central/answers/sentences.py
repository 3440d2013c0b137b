"""Faults told in words: what happened, to what, what became of the data, what to do next."""

from collections.abc import Callable, Mapping
from typing import Final

from source_business_central.answers.faults import Fault, Verdict
from source_business_central.errors import (
    BusinessCentralError,
    ConfigError,
    NoRightError,
    NotServedError,
    PassingError,
    SignInError,
)


def tell(verdict: Verdict, subject: str) -> BusinessCentralError:
    """Make the failure that a person reads.

    Args:
        verdict: What is the matter.
        subject: What was asked for, such as `customers of company CRONUS`.
    """
    fault = verdict.fault or Fault.INTERNAL
    status = f"HTTP {verdict.status}" if verdict.status else "no answer"
    if verdict.correlation:
        status += f", correlation id {verdict.correlation}"
    sentence = _SENTENCES[fault].format(subject=subject, status=status, name=_named(verdict))
    return _KINDS[fault](sentence)


def _named(verdict: Verdict) -> str:
    if not verdict.name:
        return ""
    return f" (table {verdict.name})" if verdict.fault is Fault.NO_RIGHT else f" {verdict.name}"


_KINDS: Final[Mapping[Fault, Callable[[str], BusinessCentralError]]] = {
    Fault.BUSY: PassingError,
    Fault.BROKEN_OFF: PassingError,
    Fault.TOO_SLOW: PassingError,
    Fault.LOCKED: PassingError,
    Fault.SIGN_IN: SignInError,
    Fault.NO_RIGHT: NoRightError,
    Fault.NO_ENVIRONMENT: ConfigError,
    Fault.NO_COMPANY: ConfigError,
    Fault.NOT_SERVED: NotServedError,
    Fault.API_OFF: ConfigError,
    Fault.UNKNOWN_PROPERTY: NotServedError,
    Fault.BAD_REQUEST: BusinessCentralError,
    Fault.EXTENSION: BusinessCentralError,
    Fault.INTERNAL: PassingError,
    Fault.WEB_PAGE: ConfigError,
    Fault.UNREACHABLE: ConfigError,
}
_SENTENCES: Final[Mapping[Fault, str]] = {
    Fault.BUSY: (
        "Business Central was busy when asked for {subject} ({status}), also after several "
        "retries. What was read so far is kept; run again later, or lower `num_workers`."
    ),
    Fault.BROKEN_OFF: (
        "Business Central's answers for {subject} broke off, also after several retries. What was"
        " read so far is kept; run again later, or lower `page_size`."
    ),
    Fault.TOO_SLOW: (
        "Business Central could not answer for {subject} in time ({status}), also not in small "
        "pages. What was read so far is kept; run again later, at a quieter hour, or lower "
        "`page_size`."
    ),
    Fault.LOCKED: (
        "Somebody in Business Central holds {subject} locked, also after several retries. What "
        "was read so far is kept; run again later, when nobody posts a large batch."
    ),
    Fault.SIGN_IN: (
        "Business Central refuses the credentials when asked for {subject}. What was read so far "
        "is kept; run the connection check, which tells what is missing."
    ),
    Fault.NO_RIGHT: (
        "The app or user may not read {subject}{name}. Give it the permission set D365 READ for "
        "this company on page Microsoft Entra Applications, or on the user's card, or leave it "
        "out."
    ),
    Fault.NO_ENVIRONMENT: (
        "The tenant has no such environment. Check the setting `environment` against the admin "
        "center: renaming an environment changes its address, and `tenant_id` may be wrong too."
    ),
    Fault.NO_COMPANY: (
        "Business Central does not find the company when asked for {subject}: it was renamed or "
        "deleted meanwhile. Check the setting `companies`, then run again."
    ),
    Fault.NOT_SERVED: (
        "This version of Business Central does not serve {subject}. Leave the stream out, or "
        "update Business Central; if nothing else is served either, check the setting `base_url`."
    ),
    Fault.API_OFF: (
        "The server does not allow API calls ({status}). Switch on Enable API Services for the "
        "server instance, and check that the setting `base_url` ends with the instance's name."
    ),
    Fault.UNKNOWN_PROPERTY: (
        "This version of Business Central does not have the property{name} that reading {subject}"
        " needs. Leave the stream out, or update Business Central."
    ),
    Fault.BAD_REQUEST: (
        "Business Central refused to list {subject} ({status}). What was read so far is kept; "
        "please report this with the version of Business Central."
    ),
    Fault.EXTENSION: (
        "Code in Business Central, perhaps an extension, stopped the reading of {subject} "
        "({status}). What was read so far is kept; ask who looks after the extensions, and run "
        "again."
    ),
    Fault.INTERNAL: (
        "Business Central failed when asked for {subject} ({status}), also after retries. What "
        "was read so far is kept; run again later; if it happens again, ask its support, with the"
        " time of this run."
    ),
    Fault.WEB_PAGE: (
        "The address answered with a web page instead of data. Check the setting `base_url`, and "
        "whether a proxy stands between."
    ),
    Fault.UNREACHABLE: (
        "Business Central could not be reached. Check the setting `base_url`, and that this "
        "machine may connect to it."
    ),
}
