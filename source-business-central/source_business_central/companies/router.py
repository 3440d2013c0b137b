"""Cuts a stream into the companies of the directory."""

from collections.abc import Iterable, Mapping
from dataclasses import InitVar, dataclass
from typing import Any, Final

from airbyte_cdk.sources.declarative.partition_routers.partition_router import PartitionRouter
from airbyte_cdk.sources.types import Config, StreamSlice, StreamState

from source_business_central.companies.directory import CompanyDirectory

COMPANY_ID: Final = "company_id"
"""Name of the partition's one field."""

COMPANY: Final = "company"
"""Extra field of a slice: the company itself, with its name and currency."""


@dataclass
class CompanyRouter(PartitionRouter):
    """Yields one slice for each company that is read.

    Attributes:
        config: The config.
        parameters: The stream's `$parameters`, not used.
        directory: Knows the companies.
    """

    config: Config
    parameters: InitVar[Mapping[str, Any]]
    directory: CompanyDirectory

    def __post_init__(self, parameters: Mapping[str, Any]) -> None:
        """Take nothing from the parameters."""

    def stream_slices(self) -> Iterable[StreamSlice]:
        """Yield the companies; the first caller finds them.

        Raises:
            BusinessCentralError: The companies cannot be listed, or none may be read.
        """
        for company in self.directory.survey().readable:
            yield StreamSlice(
                partition={COMPANY_ID: company.id},
                cursor_slice={},
                extra_fields={COMPANY: company},
            )

    def get_stream_state(self) -> Mapping[str, StreamState] | None:
        """Return None: companies have no state of their own."""
        return None

    def get_request_params(self, **_: Any) -> Mapping[str, Any]:  # noqa: ANN401 - the base's
        """Return nothing: the company stands in the address."""
        return {}

    def get_request_headers(self, **_: Any) -> Mapping[str, Any]:  # noqa: ANN401 - the base's
        """Return nothing."""
        return {}

    def get_request_body_data(self, **_: Any) -> Mapping[str, Any]:  # noqa: ANN401 - the base's
        """Return nothing."""
        return {}

    def get_request_body_json(self, **_: Any) -> Mapping[str, Any]:  # noqa: ANN401 - the base's
        """Return nothing."""
        return {}
