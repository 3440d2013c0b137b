"""The endpoint versions that are spoken here, and those that are not."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from source_acumatica.errors import ConfigError

DEFAULT_NAME: Final = "Default"
"""The endpoint that comes with Acumatica."""

VERSIONS: Final[Mapping[str, int]] = {
    "20.200.001": 20,
    "22.200.001": 22,
    "23.200.001": 23,
    "24.200.001": 24,
    "25.200.001": 25,
}
"""Version of the endpoint `Default` that is spoken here -> the generation of fields it has."""

DEFAULT_GENERATION: Final = 24
_CONTRACT_5: Final = 26


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A contract-based REST endpoint.

    Attributes:
        name: `Default`, or the name of an endpoint made in the instance.
        version: Its version as the address has it.
        generation: Which fields it has: the release year of the `Default` version that it equals.
    """

    name: str
    version: str
    generation: int

    @classmethod
    def named(cls, name: str, version: str) -> "Endpoint":
        """Return the endpoint, if the connector speaks it.

        Args:
            name: `Default`, or an endpoint of the instance's own.
            version: The version; for an endpoint of the instance's own, any text.

        Raises:
            ConfigError: The version is unknown, or uses contract version 5.
        """
        known = VERSIONS.get(version)
        if known is not None or name != DEFAULT_NAME:
            return cls(name, version, known or DEFAULT_GENERATION)
        year = version.partition(".")[0]
        if year.isdigit() and int(year) >= _CONTRACT_5:
            raise ConfigError(
                f"Setting `endpoint_version` is {version}, which uses contract version 5; this "
                "connector speaks version 4. Set it to 25.200.001 or 24.200.001: newer releases "
                "go on serving them."
            )
        raise ConfigError(
            f"Setting `endpoint_version` is {version}, which this connector does not know. "
            f"Set it to one of {', '.join(sorted(VERSIONS, reverse=True))}."
        )

    @property
    def is_own(self) -> bool:
        """Whether it was made in the instance, so that only the instance knows what it has."""
        return self.name != DEFAULT_NAME
