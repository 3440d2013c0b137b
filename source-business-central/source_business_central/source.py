"""The source: each verb builds the streams from its own config, catalog and state."""

import logging
from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any

from airbyte_cdk.sources import Source
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_business_central.answers.patience import PATIENCE
from source_business_central.checking.inspection import inspect
from source_business_central.checking.offer import without_unserved
from source_business_central.checking.refusal import survey_of
from source_business_central.endpoint.manifest import specification
from source_business_central.errors import ConfigError
from source_business_central.logs import keep_logs_private
from source_business_central.protocol import (
    AirbyteCatalog,
    AirbyteConnectionStatus,
    AirbyteMessage,
    AirbyteStateMessage,
    ConfiguredAirbyteCatalog,
    ConnectorSpecification,
    Status,
)
from source_business_central.settings import Settings, with_defaults
from source_business_central.streams import BusinessCentralStreams, offered


class SourceBusinessCentral(Source):
    """Reads customers, contacts, items and sales documents from Business Central; never writes."""

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
        """Sign in, find the companies and read one row of each stream.

        Args:
            logger: Takes what was found.
            config: The user's config.
        """
        keep_logs_private()
        PATIENCE.renew()
        try:
            found = inspect(_complete(config))
        except AirbyteTracedException as failure:
            return AirbyteConnectionStatus(status=Status.FAILED, message=str(failure))
        logger.info(found)
        return AirbyteConnectionStatus(status=Status.SUCCEEDED, message=found)

    def discover(self, logger: logging.Logger, config: Mapping[str, Any]) -> AirbyteCatalog:
        """Return the streams that this version of Business Central serves.

        Args:
            logger: Takes the CDK's lines.
            config: The user's config.

        Raises:
            BusinessCentralError: A setting cannot be used, or nobody answers.
        """
        keep_logs_private()
        PATIENCE.renew()
        complete = _complete(config)
        streams = BusinessCentralStreams(complete)
        company = survey_of(streams, complete).readable[0]
        catalog = streams.discover(logger, complete)
        return without_unserved(catalog, streams.factory.asker, company)

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
        _refuse_unoffered(catalog, Settings.of(complete))
        streams = BusinessCentralStreams(complete, catalog, state)
        survey_of(streams, complete)  # one refusal here, instead of one for each stream
        yield from streams.read(logger, complete, catalog, state)


def _refuse_unoffered(catalog: ConfiguredAirbyteCatalog, settings: Settings) -> None:
    known = offered(settings)
    for configured in catalog.streams:
        name = configured.stream.name
        if name not in known:
            raise ConfigError(
                f"The catalog names the stream {name}, which these settings do not offer. Refresh "
                "the connection's schema; `living_ids` needs the setting `read_deletions`."
            )


def _complete(config: Mapping[str, Any]) -> dict[str, Any]:
    return with_defaults(config, specification()["connection_specification"])
