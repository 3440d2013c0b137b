"""The log keeps neither bodies nor the tracebacks of understood failures."""

import logging

import pytest
from airbyte_cdk.logger import AirbyteLogFormatter

from source_business_central.errors import BusinessCentralError, ConfigError
from source_business_central.logs import WITHHELD, PrivacyFilter, keep_logs_private

CANARY = "canary@planted.example"


def written(level: int, text: str, error: Exception | None = None, **extra: str) -> str:
    info = (type(error), error, None) if error is not None else None
    record = logging.getLogger("airbyte").makeRecord(
        "airbyte", level, __file__, 1, text, (), info, extra=extra
    )
    PrivacyFilter().filter(record)
    return AirbyteLogFormatter().format(record)


@pytest.mark.parametrize("name", ["body", "request_body", "headers"])
def test_debug_lines_lose_the_exchange(name: str) -> None:
    line = written(logging.DEBUG, "Receiving response", **{name: CANARY, "status": "200"})
    assert CANARY not in line
    assert "200" in line


@pytest.mark.parametrize(
    "text",
    [
        f"'GET' request failed. Response (body): '{CANARY}'.",
        f"Status code: 200, Response Content: b'{CANARY}'",
        f"Request URL: x, Response Code: 500, Response Text: {CANARY}",
    ],
)
def test_lines_with_a_body_are_withheld(text: str) -> None:
    line = written(logging.ERROR, text)
    assert CANARY not in line
    assert WITHHELD in line


def test_an_understood_failure_has_no_traceback() -> None:
    assert "ConfigError" not in written(logging.ERROR, "Failed.", ConfigError("Mend the setting."))


def test_a_fault_of_the_connector_keeps_its_traceback() -> None:
    assert "KeyError" in written(logging.ERROR, "Failed.", KeyError("x"))


def test_the_filter_is_put_on_once() -> None:
    handler = logging.NullHandler()
    root = logging.getLogger()
    root.addHandler(handler)
    try:
        keep_logs_private()
        keep_logs_private()
        assert sum(isinstance(known, PrivacyFilter) for known in handler.filters) == 1
    finally:
        root.removeHandler(handler)


def test_a_trace_of_an_understood_failure_has_no_stack() -> None:
    trace = BusinessCentralError("Something is wrong.").as_airbyte_message().trace
    assert trace is not None
    assert trace.error is not None
    assert trace.error.message == trace.error.internal_message == "Something is wrong."
    assert trace.error.stack_trace is None
