"""Console script `source-business-central`."""

import os
import signal
import sys
from types import FrameType

import orjson
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_business_central.entrypoint import launch
from source_business_central.errors import without_stack_trace
from source_business_central.protocol import AirbyteMessageSerializer, FailureType
from source_business_central.source import SourceBusinessCentral

_INTERRUPTED = 130
_TERMINATED = 143


def run() -> None:
    """Run the verb of the command line.

    A failure that a person can mend ends with exit code 1 and no traceback.
    """
    signal.signal(signal.SIGTERM, _leave)  # as a container's first process Python would ignore it
    try:
        launch(SourceBusinessCentral(), sys.argv[1:])
    except KeyboardInterrupt:
        _leave_now(_INTERRUPTED)
    except AirbyteTracedException as failure:
        if failure.failure_type is FailureType.system_error:
            raise
        message = without_stack_trace(failure.as_sanitized_airbyte_message())
        sys.stdout.write(orjson.dumps(AirbyteMessageSerializer.dump(message)).decode() + "\n")
        sys.exit(1)


def _leave(_signal: int, _frame: FrameType | None) -> None:
    _leave_now(_TERMINATED)


def _leave_now(code: int) -> None:
    sys.stdout.flush()
    os._exit(code)  # a worker may wait minutes for an answer
