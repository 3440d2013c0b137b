"""The CDK's streams: one budget of requests, one directory, our cursor."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest
import requests
from airbyte_cdk.sources.connector_state_manager import ConnectorStateManager
from airbyte_cdk.sources.message import InMemoryMessageRepository
from airbyte_cdk.sources.types import Record, StreamSlice

from source_business_central.components import AnswerHandler
from source_business_central.endpoint.manifest import manifest, stream_parameters
from source_business_central.endpoint.plan import plan_of
from source_business_central.errors import ConfigError
from source_business_central.reading.cursor import CompanyCursor, StreamContext, known_by_company
from source_business_central.settings import Settings
from source_business_central.streams import BusinessCentralStreams

Complete = Callable[..., dict[str, Any]]


def test_all_requests_draw_on_one_budget(complete: Complete) -> None:
    source = BusinessCentralStreams(complete())
    budgets = {id(source.factory.asker._requester._http_client._api_budget)}  # type: ignore[attr-defined]  # the CDK's own
    for stream in [*source.streams({}), *source.streams({})]:
        retriever = stream._stream_partition_generator._partition_factory._retriever  # type: ignore[attr-defined]  # the same
        budgets.add(id(retriever.requester._http_client._api_budget))
    assert len(budgets) == 1
    (policy,) = manifest()["api_budget"]["policies"]
    assert policy["rates"] == [{"limit": 6000, "interval": "PT5M"}]
    assert manifest()["concurrency_level"]["max_concurrency"] == 5


def test_every_stream_is_made(complete: Complete) -> None:
    made = {
        stream.name for stream in BusinessCentralStreams(complete(read_deletions=True)).streams({})
    }
    assert made == set(stream_parameters())


class Companies:
    """Two companies."""

    def stream_slices(self) -> Iterable[StreamSlice]:
        for name in ("a", "b"):
            yield StreamSlice(partition={"company_id": name}, cursor_slice={})


def cursor(complete: Complete, stream: str, state: dict[str, Any], **given: Any) -> CompanyCursor:
    settings = Settings.of(complete(**given))
    plan = plan_of(stream, settings)
    context = StreamContext(stream, None, InMemoryMessageRepository(), ConnectorStateManager())
    return CompanyCursor(
        context=context,
        plan=plan,
        settings=settings,
        companies=Companies(),  # type: ignore[arg-type]  # a fake
        known=known_by_company(state, plan.cursor),
    )


def state_of(name: str, **values: Any) -> dict[str, Any]:
    states = [
        {"partition": {"company_id": key}, "cursor": {name: value}} for key, value in values.items()
    ]
    return {"use_global_cursor": False, "states": states}


def test_each_company_goes_on_where_it_was(complete: Complete) -> None:
    state = state_of("lastModifiedDateTime", a="2026-11-21T12:00:00.907000Z")
    one = cursor(complete, "customers", state)
    assert [part.cursor_slice["since"] for part in one.stream_slices()] == [
        "lastModifiedDateTime ge 2026-11-21T11:50:00.857Z",
        "",
    ]
    assert one.state == state


def test_entries_go_on_by_number_and_begin_by_date(complete: Complete) -> None:
    state = state_of("entryNumber", a=7)
    one = cursor(complete, "general_ledger_entries", state, start_date="2026-01-01T00:00:00Z")
    first, second = (part.cursor_slice["since"] for part in one.stream_slices())
    assert first == "entryNumber ge 7"
    assert "lastModifiedDateTime ge 2026-01-01T00:00:00.000Z or" in second


def test_the_state_goes_out_behind_each_page(complete: Complete) -> None:
    one = cursor(complete, "customers", {}, page_size=2)
    slices = {part.partition["company_id"]: part for part in one.stream_slices()}
    for second in range(5):
        data = {"lastModifiedDateTime": f"2026-01-01T00:00:0{second}.000000Z"}
        one.observe(Record(data=data, stream_name="customers", associated_slice=slices["b"]))
    messages = list(one.context.repository.consume_queue())
    assert len(messages) == 2
    assert one.state == state_of("lastModifiedDateTime", b="2026-01-01T00:00:03.000000Z")
    one.ensure_at_least_one_state_emitted()
    assert len(list(one.context.repository.consume_queue())) == 1


def test_a_state_of_another_kind_is_refused() -> None:
    with pytest.raises(ConfigError, match="Reset the stream's state"):
        known_by_company({"states": [{"partition": {}, "cursor": {}}]}, "entryNumber")
    with pytest.raises(ConfigError, match="Reset the stream's state"):
        known_by_company(state_of("entryNumber", a="x"), "entryNumber")
    assert known_by_company({}, "entryNumber") == {}


def test_what_is_neither_an_answer_nor_a_failure_is_a_fault_of_ours(complete: Complete) -> None:
    handler = AnswerHandler(config=complete(), parameters={})
    with pytest.raises(TypeError):
        handler.interpret_response(None)
    good = requests.Response()
    good.status_code = 200
    good._content = b"{}"
    resolution = handler.interpret_response(good)
    assert resolution.response_action.name == "SUCCESS"
