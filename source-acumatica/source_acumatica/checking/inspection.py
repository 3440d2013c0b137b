"""The connection check: instance, endpoint version, sign-in, one row of each stream."""

from collections.abc import Mapping
from typing import Any, Final

from source_acumatica.answers.offer import offer_of
from source_acumatica.checking.findings import Finding, Inspection, SecondPass
from source_acumatica.endpoint.manifest import all_streams, unplanned
from source_acumatica.endpoint.plan import plan_of
from source_acumatica.endpoint.probing import answers_its_cursor, probe
from source_acumatica.endpoint.streams import CUSTOMERS, CUSTOMERS_BY_CONTACT
from source_acumatica.errors import (
    AcumaticaError,
    CannotOptimizeError,
    ConfigError,
    NoSeatError,
    PassingError,
    TokenRefusedError,
)
from source_acumatica.settings import EmailChanges, Settings
from source_acumatica.signin.grant import credentials_of, tenant_of
from source_acumatica.signin.tokens import keeper_for

_CONCERNS_ALL: Final = (PassingError, NoSeatError, TokenRefusedError)


def inspect(config: Mapping[str, Any], complete: Mapping[str, Any]) -> str:
    """Check the connection step by step and return what was found, in short lines.

    Args:
        config: The user's config; a renewed token goes out in a copy of it.
        complete: The config, defaults filled in.

    Raises:
        AcumaticaError: The first problem, with its fix.
    """
    settings = Settings.of(complete)
    keeper = keeper_for(config)
    offer = offer_of(settings, keeper.access_token)
    offer.refuse_others(settings.endpoint)
    keeper.access_token()
    findings = tuple(_look_at(stream, complete) for stream in _asked(complete))
    _refuse_if_nothing_can_be_read(findings, str(complete.get("branch") or ""))
    found = Inspection(
        settings=settings,
        tenant=tenant_of(credentials_of(config)["client_id"]),
        offer=offer,
        findings=findings,
        second_pass=_second_pass(settings, complete, findings),
    )
    return "\n".join(found.lines())


def _asked(complete: Mapping[str, Any]) -> list[str]:
    left_out = {*unplanned(), CUSTOMERS_BY_CONTACT}
    return [name for name in all_streams(complete) if name not in left_out]


def _look_at(stream: str, complete: Mapping[str, Any]) -> Finding:
    try:
        return Finding(stream, rows=probe(complete, plan_of(stream, complete)))
    except _CONCERNS_ALL:
        raise
    except CannotOptimizeError:
        return Finding(stream, row_by_row=True)
    except AcumaticaError as refusal:
        return Finding(stream, refusal=refusal)


def _refuse_if_nothing_can_be_read(findings: tuple[Finding, ...], branch: str) -> None:
    refusals = [finding.refusal for finding in findings if finding.refusal is not None]
    if not refusals or len(refusals) < len(findings):
        return
    others = dict.fromkeys(f"{f.stream}: {f.refusal}" for f in findings[1:])
    told = [f"None of the streams can be read. {refusals[0]}", *others]
    if branch:
        told.insert(1, f"Check the setting `branch` too: is {branch} a branch of this tenant?")
    raise ConfigError("\n".join(told))


def _second_pass(
    settings: Settings, complete: Mapping[str, Any], findings: tuple[Finding, ...]
) -> SecondPass:
    customers = [f for f in findings if f.stream == CUSTOMERS and f.refusal is None]
    if settings.email_changes is EmailChanges.OFF or not customers:
        return SecondPass.NOT_ASKED
    second = plan_of(CUSTOMERS_BY_CONTACT, complete)
    answered = answers_its_cursor(complete, second, plan_of(CUSTOMERS, complete))
    return SecondPass.WORKS if answered else SecondPass.UNANSWERED
