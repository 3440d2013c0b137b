"""The manifest's streams for one config: the CDK's, with our cursor and one shared directory."""

from collections.abc import Mapping, MutableMapping
from functools import cached_property
from typing import Any

from airbyte_cdk.sources.declarative.concurrent_declarative_source import (
    ConcurrentDeclarativeSource,
)
from airbyte_cdk.sources.declarative.models.declarative_component_schema import (
    HttpRequester as HttpRequesterModel,
)
from airbyte_cdk.sources.declarative.parsers.model_to_component_factory import (
    ModelToComponentFactory,
)
from airbyte_cdk.sources.declarative.partition_routers.partition_router import PartitionRouter

from source_business_central.answers.asking import Asker
from source_business_central.companies.directory import CompanyDirectory
from source_business_central.endpoint.manifest import manifest, manifest_of, stream_parameters
from source_business_central.endpoint.plan import plan_of, schema_of
from source_business_central.protocol import AirbyteStateMessage, ConfiguredAirbyteCatalog
from source_business_central.reading.cursor import CompanyCursor, StreamContext, known_by_company
from source_business_central.settings import Settings


class CompanyFactory(ModelToComponentFactory):
    """Makes the CDK's components, with a `CompanyCursor`, and one directory for all of them.

    Args:
        config: The config, defaults filled in.
        **arguments: What the CDK's factory takes.
    """

    def __init__(self, config: Mapping[str, Any], **arguments: Any) -> None:  # noqa: ANN401 - the base's
        super().__init__(**arguments)
        self._complete = config
        self._settings = Settings.of(config)

    def set_api_budget(
        self, component_definition: Mapping[str, Any], config: Mapping[str, Any]
    ) -> None:
        """Set the budget of requests once: all streams draw on the same one.

        Args:
            component_definition: The manifest's part.
            config: The config.
        """
        if self._api_budget is None:
            super().set_api_budget(component_definition, config)

    @cached_property
    def asker(self) -> Asker:
        """Asks for what belongs to no stream."""
        self.set_api_budget(manifest()["api_budget"], self._complete)
        requester = self.create_component(
            HttpRequesterModel,
            manifest()["definitions"]["requester"],
            self._complete,
            name="companies",
            decoder=None,
        )
        return Asker(requester, self._settings.service_url)

    @cached_property
    def directory(self) -> CompanyDirectory:
        """Knows the companies."""
        return CompanyDirectory(self.asker, self._settings)

    def create_custom_component(self, model: Any, config: Mapping[str, Any], **kwargs: Any) -> Any:  # noqa: ANN401 - the base's
        """Make a component of ours; one that has a field `directory` is given the directory.

        Args:
            model: The manifest's part.
            config: The config.
            **kwargs: Fields that its parent gives it.
        """
        if model.type == "CustomPartitionRouter":
            kwargs["directory"] = self.directory
        return super().create_custom_component(model, config, **kwargs)

    def create_concurrent_cursor_from_perpartition_cursor(  # noqa: PLR0917 - the base's signature
        self,
        state_manager: Any,  # noqa: ANN401 - the base's signature
        model_type: Any,  # noqa: ARG002, ANN401 - the base's signature
        component_definition: Any,  # noqa: ARG002, ANN401 - the base's signature
        stream_name: str,
        stream_namespace: str | None,
        config: Mapping[str, Any],  # noqa: ARG002 - the settings are read from it
        stream_state: MutableMapping[str, Any],
        partition_router: PartitionRouter,
        attempt_to_create_cursor_if_not_provided: bool = False,  # noqa: ARG002, FBT001, FBT002 - the base's signature
        **_: Any,  # noqa: ANN401 - the base's signature
    ) -> Any:  # noqa: ANN401 - the base promises a cursor class of its own
        """Make the cursor of one stream.

        Args:
            state_manager: Keeps the states of all streams.
            model_type: Not used: the plan knows the cursor.
            component_definition: Not used, for the same reason.
            stream_name: The stream.
            stream_namespace: Its namespace, which is none.
            config: Not used.
            stream_state: The state of the last run.
            partition_router: Yields the companies.
            attempt_to_create_cursor_if_not_provided: Not used.
        """
        plan = plan_of(stream_name, self._settings)
        repository = self.get_message_repository()
        return CompanyCursor(
            context=StreamContext(stream_name, stream_namespace, repository, state_manager),
            plan=plan,
            settings=self._settings,
            companies=partition_router,
            known=known_by_company(stream_state, plan.cursor),
        )


class BusinessCentralStreams(ConcurrentDeclarativeSource):
    """The manifest's streams for one config.

    Args:
        config: The config, defaults filled in.
        catalog: What to read; none for `discover` and `check`.
        state: Where the last run ended.
    """

    def __init__(
        self,
        config: Mapping[str, Any],
        catalog: ConfiguredAirbyteCatalog | None = None,
        state: list[AirbyteStateMessage] | None = None,
    ) -> None:
        settings = Settings.of(config)
        names = offered(settings)
        schemas = {name: schema_of(name) for name in names}
        super().__init__(
            catalog=catalog,
            config=config,
            state=state,
            source_config=manifest_of(names, schemas),
        )
        self.factory = CompanyFactory(
            config,
            message_repository=self._message_repository,
            configured_catalog=catalog,
            connector_state_manager=self._connector_state_manager,
        )
        self._constructor = self.factory


def offered(settings: Settings) -> list[str]:
    """Return the names of the streams that the settings offer.

    Args:
        settings: The settings.
    """
    return [
        name
        for name, own in stream_parameters().items()
        if settings.read_deletions or not own.get("with_deletions")
    ]
