"""What an instance says of itself: its build, and the endpoints that it offers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import requests

from source_acumatica.answers.answer import Answer
from source_acumatica.answers.exchange import FIRST_CONTACT, ask_patiently
from source_acumatica.answers.pace import wait_for_turn
from source_acumatica.endpoint.versions import Endpoint
from source_acumatica.errors import AcumaticaError, ConfigError, NothingThereError
from source_acumatica.settings import Settings


@dataclass(frozen=True, slots=True)
class Offer:
    """What an instance offers.

    Attributes:
        build: Its build, such as `25.093.0036`; empty where it does not tell.
        endpoints: Name and version of each endpoint.
    """

    build: str
    endpoints: tuple[tuple[str, str], ...]

    def versions(self, name: str) -> list[str]:
        """Return the versions of an endpoint, newest first.

        Args:
            name: The endpoint's name.
        """
        return sorted((version for known, version in self.endpoints if known == name), reverse=True)

    def refuse_others(self, endpoint: Endpoint) -> None:
        """Stop where the endpoint of the settings is not on offer.

        Args:
            endpoint: The endpoint of the settings.

        Raises:
            ConfigError: It is not; what is on offer is named.
        """
        if (endpoint.name, endpoint.version) in self.endpoints:
            return
        versions = self.versions(endpoint.name)
        if versions:
            raise ConfigError(
                f"The instance does not offer version {endpoint.version} of the endpoint "
                f"{endpoint.name}. Set `endpoint_version` to one that it offers: "
                f"{', '.join(versions)}."
            )
        names = ", ".join(sorted({name for name, _ in self.endpoints})) or "none"
        raise ConfigError(
            f"The instance has no endpoint {endpoint.name}. Set `endpoint_name` to one that it "
            f"offers: {names}."
        )


def offer_of(settings: Settings, token: Callable[[], str]) -> Offer:
    """Ask an instance what it offers; signed in only where an endpoint of its own is looked for.

    Args:
        settings: The settings.
        token: Gives an access token.

    Raises:
        AcumaticaError: It does not answer as an instance does.
    """
    headers = {"Accept": "application/json"}
    if settings.endpoint.name != "Default":
        headers["Authorization"] = f"Bearer {token()}"
    url = f"{settings.instance_url}/entity"

    def get() -> requests.Response:
        wait_for_turn(url, settings.requests_per_minute)
        return requests.get(url, headers=headers, timeout=FIRST_CONTACT)

    body = ask_patiently(
        get,
        subject="the list of endpoints",
        diagnose=_diagnose,
    )
    return _parse(body)


def explain_missing(
    failure: AcumaticaError, config: Mapping[str, Any], token: Callable[[], str]
) -> AcumaticaError:
    """Return a better failure where something is missing because its endpoint is not on offer.

    Args:
        failure: What would be raised; others than a missing entity are returned as they are.
        config: The config, defaults filled in.
        token: Gives an access token.
    """
    if not isinstance(failure, NothingThereError):
        return failure
    settings = Settings.of(config)
    try:
        offer_of(settings, token).refuse_others(settings.endpoint)
    except AcumaticaError as better:
        return better
    return failure


def _parse(body: Any) -> Offer:  # noqa: ANN401 - JSON of any shape
    """Read both shapes: builds differ in whether the list stands alone."""
    rows, build = body, ""
    if isinstance(body, Mapping):
        rows = body.get("endpoints")
        version = body.get("version")
        if isinstance(version, Mapping):
            build = str(version.get("acumaticaBuildVersion", ""))
    if not isinstance(rows, list):
        raise _not_acumatica()
    named = [row for row in rows if isinstance(row, Mapping) and row.get("name")]
    return Offer(build, tuple((str(row["name"]), str(row.get("version", ""))) for row in named))


def _diagnose(answer: Answer) -> AcumaticaError | None:
    return _not_acumatica() if answer.status == requests.codes.not_found else None


def _not_acumatica() -> ConfigError:
    return ConfigError(
        "There is no Acumatica at this address. Check the setting `instance_url`: it ends with "
        "the site folder, such as https://erp.example.com/Site."
    )
