"""How the verbs are run: the CDK's way, with the settings checked in our own words."""

from collections.abc import Sequence
from typing import Any

from airbyte_cdk.entrypoint import AirbyteEntrypoint
from airbyte_cdk.logger import PRINT_BUFFER
from airbyte_cdk.sources import Source
from airbyte_cdk.sources.utils.schema_helpers import split_config

from source_business_central.protocol import ConnectorSpecification
from source_business_central.settings import Settings, with_defaults


class Entrypoint(AirbyteEntrypoint):
    """The CDK's entrypoint; only the words about a wrong setting differ.

    A validator repeats what was entered, and a secret under a misspelt name is masked by nobody.
    """

    @staticmethod
    def validate_connection(
        source_spec: ConnectorSpecification,
        config: Any,  # noqa: ANN401 - the base's type
    ) -> None:
        """Stop where a setting is missing or cannot be used.

        Args:
            source_spec: The specification.
            config: The user's config.

        Raises:
            ConfigError: Naming the setting.
        """
        given, _ = split_config(config)
        Settings.of(with_defaults(given, source_spec.connectionSpecification))


def launch(source: Source, words: Sequence[str]) -> None:
    """Run a verb and print its messages, one a line.

    Args:
        source: The source.
        words: The command line.
    """
    entrypoint = Entrypoint(source)
    parsed = entrypoint.parse_args(list(words))
    with PRINT_BUFFER:
        for message in entrypoint.run(parsed):
            print(f"{message}\n", end="")  # noqa: T201 - one write a line, as the CDK does
