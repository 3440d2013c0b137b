"""The connector as a class of Airbyte's CDK, for its standard tests and for programs built on it.

The console script does not come through here: the CDK takes seconds to import, and its own loop
drops the id of a state and ends at a message of an unknown type.
"""

from __future__ import annotations

import io
import logging
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import IO, Any

import orjson
from airbyte_cdk.destinations import Destination
from airbyte_cdk.models import (  # type: ignore[attr-defined]  # the CDK re-exports them unsaid
    AirbyteConnectionStatus,
    AirbyteMessage,
    ConfiguredAirbyteCatalog,
    Status,
)
from airbyte_cdk.models.airbyte_protocol_serializers import (
    AirbyteMessageSerializer,
    ConfiguredAirbyteCatalogSerializer,
)

from destination_mailchimp.application import Mailchimp
from destination_mailchimp.run import entry
from kit.protocol.errors import GlueError


class DestinationMailchimp(Destination):
    """Writes members, products, customers and orders to Mailchimp."""

    def check(self, logger: logging.Logger, config: Mapping[str, Any]) -> AirbyteConnectionStatus:
        """Say in plain words whether the config works."""
        try:
            status = Mailchimp().check(config)
        except GlueError as error:
            logger.info("The check failed.")
            return AirbyteConnectionStatus(status=Status.FAILED, message=str(error))
        return AirbyteConnectionStatus(status=Status.SUCCEEDED, message=status.message)

    def write(
        self,
        config: Mapping[str, Any],
        configured_catalog: ConfiguredAirbyteCatalog,
        input_messages: Iterable[AirbyteMessage],
    ) -> Iterable[AirbyteMessage]:
        """Write messages through the connector's own loop, and yield what it answers."""
        with tempfile.TemporaryDirectory(prefix="destination-") as folder, _spooled() as stdin:
            arguments = ["write"]
            catalog = ConfiguredAirbyteCatalogSerializer.dump(configured_catalog)
            for name, value in (("config", config), ("catalog", catalog)):
                path = Path(folder) / f"{name}.json"
                path.touch(mode=0o600)
                path.write_bytes(orjson.dumps(value))
                arguments += [f"--{name}", str(path)]
            for message in input_messages:
                stdin.write(orjson.dumps(AirbyteMessageSerializer.dump(message)) + b"\n")
            stdin.seek(0)
            stdout = io.BytesIO()
            entry(arguments, stdin, stdout)
        for line in stdout.getvalue().splitlines():
            yield AirbyteMessageSerializer.load(orjson.loads(line))

    def run(self, args: list[str]) -> None:
        """Run one verb over standard input and output, and leave with its exit code."""
        raise SystemExit(entry(args, sys.stdin.buffer, sys.stdout.buffer))


def _spooled() -> IO[bytes]:
    return tempfile.TemporaryFile(prefix="spool-")
