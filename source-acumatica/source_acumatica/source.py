"""The source: each verb builds the streams from its own config, catalog and state."""

import logging
from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any

from airbyte_cdk.sources import Source
from airbyte_cdk.sources.declarative.concurrent_declarative_source import (
    ConcurrentDeclarativeSource,
)
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_acumatica.answers.patience import PATIENCE
from source_acumatica.checking.inspection import inspect
from source_acumatica.endpoint.discovery import discover
from source_acumatica.endpoint.manifest import manifest_of, planned_manifest, specification
from source_acumatica.errors import ConfigError
from source_acumatica.logs import keep_logs_private
from source_acumatica.protocol import (
    AirbyteCatalog,
    AirbyteConnectionStatus,
    AirbyteMessage,
    AirbyteStateMessage,
    ConfiguredAirbyteCatalog,
    ConnectorSpecification,
    Status,
)
from source_acumatica.reading.windows import WindowFactory
from source_acumatica.settings import Settings, with_defaults
from source_acumatica.signin.tokens import keeper_for


class AcumaticaStreams(ConcurrentDeclarativeSource):
    """The manifest's streams for one config, with windows instead of the stock cursor.

    Args:
        config: The config, defaults filled in.
        catalog: What to read; none for `discover` and `check`.
        state: Where the last run ended.
        manifest: The manifest, if it was planned before; else that of the catalog's streams, or
            of all.
    """

    def __init__(
        self,
        config: Mapping[str, Any],
        catalog: ConfiguredAirbyteCatalog | None = None,
        state: list[AirbyteStateMessage] | None = None,
        manifest: Mapping[str, Any] | None = None,
    ) -> None:
        wanted = None if catalog is None else [each.stream.name for each in catalog.streams]
        planned = dict(manifest) if manifest else planned_manifest(config, wanted)
        super().__init__(catalog=catalog, config=config, state=state, source_config=planned)
        self._constructor = WindowFactory(
            message_repository=self._message_repository,
            configured_catalog=catalog,
            connector_state_manager=self._connector_state_manager,
        )


class SourceAcumatica(Source):
    """Reads customers, contacts, items and sales invoices from Acumatica; never writes."""

    @staticmethod
    def read_config(config_path: str) -> MutableMapping[str, Any]:
        """Read the config file.

        Args:
            config_path: Its path.

        Raises:
            ConfigError: It is not there, or not JSON.
        """
        try:
            return Source.read_config(config_path)
        except (OSError, ValueError) as error:
            raise ConfigError(
                f"The config file {config_path} cannot be read ({type(error).__name__}). It must "
                "be a JSON object that this user may read."
            ) from None

    def spec(self, logger: logging.Logger) -> ConnectorSpecification:  # noqa: ARG002 - the base's
        """Return the specification of the settings.

        Args:
            logger: Not used.
        """
        spec = specification()
        return ConnectorSpecification(
            documentationUrl=spec["documentation_url"],
            connectionSpecification=spec["connection_specification"],
        )

    def check(self, logger: logging.Logger, config: Mapping[str, Any]) -> AirbyteConnectionStatus:
        """Sign in, compare versions and ask for one row of each stream.

        Args:
            logger: Takes what was found.
            config: The user's config.
        """
        keep_logs_private()
        try:
            found = inspect(config, _complete(config))
        except AirbyteTracedException as failure:
            return AirbyteConnectionStatus(status=Status.FAILED, message=str(failure))
        logger.info(found)
        return AirbyteConnectionStatus(status=Status.SUCCEEDED, message=found)

    def discover(self, logger: logging.Logger, config: Mapping[str, Any]) -> AirbyteCatalog:
        """Return the streams that the user may read, with the fields that the endpoint has.

        Args:
            logger: Takes the CDK's lines.
            config: The user's config.

        Raises:
            AcumaticaError: A setting cannot be used, or the instance could not be asked.
        """
        keep_logs_private()
        PATIENCE.renew()
        complete = _complete(config)
        Settings.of(complete)
        keeper_for(config).access_token()
        found = discover(complete)
        manifest = manifest_of(complete, found.streams, found.plans)
        return AcumaticaStreams(complete, manifest=manifest).discover(logger, complete)

    def read(
        self,
        logger: logging.Logger,
        config: Mapping[str, Any],
        catalog: ConfiguredAirbyteCatalog,
        state: list[AirbyteStateMessage] | None = None,
    ) -> Iterator[AirbyteMessage]:
        """Read the streams of the catalog.

        Args:
            logger: Takes the CDK's lines.
            config: The user's config.
            catalog: What to read.
            state: Where the last run ended.

        Raises:
            AirbyteTracedException: A stream could not be read; the others were.
        """
        keep_logs_private()
        PATIENCE.renew()
        complete = _complete(config)
        Settings.of(complete)
        keeper_for(config).access_token()  # one refusal here, instead of one for each stream
        yield from AcumaticaStreams(complete, catalog, state).read(logger, complete, catalog, state)


def _complete(config: Mapping[str, Any]) -> dict[str, Any]:
    return with_defaults(config, specification()["connection_specification"])
