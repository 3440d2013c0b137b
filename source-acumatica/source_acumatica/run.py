"""Console script `source-acumatica`: the verbs of the Airbyte protocol, and `authorize`."""

import gc
import os
import signal
import sys
from types import FrameType

import orjson
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_acumatica.entrypoint import launch
from source_acumatica.errors import without_stack_trace
from source_acumatica.protocol import AirbyteMessageSerializer, FailureType
from source_acumatica.signin.authorize import authorize
from source_acumatica.source import SourceAcumatica

_ENDED_BY_SIGNAL = 128
_OBJECTS_OF_A_PAGE = 100_000


def run() -> None:
    """Run the verb of the command line.

    A failure that a person can mend ends with exit code 1 and no traceback.
    """
    signal.signal(signal.SIGTERM, _leave)  # as a container's first process Python would ignore it
    gc.set_threshold(_OBJECTS_OF_A_PAGE)  # rows hold no cycles: looking for them took half the time
    words = sys.argv[1:]
    if words[:1] == ["authorize"]:
        sys.exit(authorize(words[1:]))
    signal.signal(signal.SIGINT, _leave)
    try:
        launch(SourceAcumatica(), words)
    except AirbyteTracedException as failure:
        if failure.failure_type is FailureType.system_error:
            raise
        message = without_stack_trace(failure.as_sanitized_airbyte_message())
        sys.stdout.write(orjson.dumps(AirbyteMessageSerializer.dump(message)).decode() + "\n")
        sys.exit(1)


def _leave(number: int, _frame: FrameType | None) -> None:
    """Leave at once: a worker may wait ten minutes for an answer.

    What is still in a buffer stays there, since whoever reads may have stopped to. It is read
    again: the state is behind it.
    """
    os._exit(_ENDED_BY_SIGNAL + number)
