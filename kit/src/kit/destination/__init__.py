"""The write loop of a destination: levels, limits, retries, state.

A destination brings an `Application` (its spec, its check, its objects, a writer); `run` does what
every destination does in the same way: reads raw messages, hands records on in their levels, echoes
each state unchanged once all before it is terminal, reports outcomes, and turns an error into one
plain sentence. Nothing here imports the CDK: a start takes a third of a second, not three.
"""

from kit.destination.main import console, run
from kit.destination.tasks import Application, Bench, Task, Writer

__all__ = ["Application", "Bench", "Task", "Writer", "console", "run"]
