"""The main job, offline: an ERP into Mailchimp, against the simulators, in about a minute.

Every step is a command that a user would type; the demo only types it.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from demo.erps import ERPS, AnyErp
from demo.world import secrets, write_connections_file
from simulators.mailchimp import MailchimpSimulator
from simulators.wholesaler import wholesaler

FOLDER = Path(".demo")


class StoryEnded(Exception):  # noqa: N818 - the end of a story is no error
    """A command ended with an exit code that the story does not expect."""


def say(text: str = "") -> None:
    """Print a line at once."""
    print(text, flush=True)


def heading(number: int, text: str) -> None:
    """Print the heading of a step."""
    say(f"\n━━━ {number}. {text} {'━' * max(3, 88 - len(text))}")


class Storyteller:
    """Types commands, and stops where one does not end as it should.

    Args:
        environment: What the commands find in their environment.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = {**os.environ, **environment}
        self._glue = str(Path(sys.executable).with_name("glue"))

    def types(self, *arguments: str, expecting: int = 0) -> None:
        """Run `glue` with these arguments, showing what it prints."""
        say(f"\n$ glue {' '.join(arguments)}")
        done = subprocess.run(
            [self._glue, *arguments], cwd=FOLDER, env=self._environment, check=False
        )
        if done.returncode != expecting:
            raise StoryEnded(f"`glue {arguments[0]}` ended with exit code {done.returncode}.")


def writes(mailchimp: MailchimpSimulator) -> int:
    """Count what Mailchimp was sent that was more than a question."""
    return sum(exchange.method not in {"GET", "HEAD"} for exchange in mailchimp.requests)


def tell(erp: AnyErp, mailchimp: MailchimpSimulator) -> None:
    """Tell the whole story."""
    path = write_connections_file(FOLDER, erp, mailchimp)
    storyteller = Storyteller(secrets(erp))
    say(
        f"{erp.title} answers at {erp.simulator.url}, Mailchimp at {mailchimp.url}; "
        f"settings: {path}"
    )

    heading(1, "Do the connectors reach both sides?")
    storyteller.types("check")

    heading(2, "What would the first run do? It is held until its plan is approved")
    storyteller.types("run", erp.connection, expecting=3)
    storyteller.types("plan", erp.connection)
    storyteller.types("approve", erp.connection)

    heading(3, "The first run")
    storyteller.types("run", erp.connection)

    heading(4, "A second run of an unchanged ERP sends nothing")
    before = writes(mailchimp)
    storyteller.types("run", erp.connection)
    say(f"\nMailchimp counted {writes(mailchimp) - before} writes.")

    heading(5, "Some rows change in the ERP, and the third run sends those and no others")
    players = erp.cast()
    for line in erp.morning():
        say(f"  · {line}")
    storyteller.types("run", erp.connection)

    heading(6, "Why is this person in Mailchimp, and why is that one not?")
    storyteller.types("explain", players.new_address)
    storyteller.types("explain", players.kept_out.email or "")


def chosen(arguments: Sequence[str]) -> type[AnyErp]:
    """Return the ERP that was asked for, Acumatica if none was.

    Raises:
        StoryEnded: There is no such ERP.
    """
    key = arguments[0] if arguments else "acumatica"
    if key not in ERPS:
        raise StoryEnded(f"There is no demo with `{key}`. Choose one of: {', '.join(ERPS)}.")
    return ERPS[key]


def main(arguments: Sequence[str]) -> int:
    """Run the demo; the exit code."""
    started = time.monotonic()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        kind = chosen(arguments)
    except StoryEnded as end:
        say(str(end))
        return 2
    try:
        data = wholesaler()
        erp = kind.of(data)
        with erp.simulator, MailchimpSimulator() as mailchimp:
            mailchimp.seed(data.mailchimp_members)
            tell(erp, mailchimp)
    except StoryEnded as end:
        say(f"\n{end} The settings and the ledger are left in {FOLDER}/ for a look.")
        return 1
    except KeyboardInterrupt:
        say("\nInterrupted. Nothing is left running.")
        return 130
    say(f"\nThat was the main job, in {time.monotonic() - started:.0f} seconds. What to try next:")
    folder = Path(sys.executable).parent
    hints = {
        "docs/getting-started.md": "how to do this with your own accounts",
        f"{_shown(folder / 'glue')} init": "write a connections file for them",
        f"{_shown(folder / 'simulators')} {kind.key}": "start a simulator, and look around in it",
        **{f"make demo ERP={key}": "the same with this ERP" for key in ERPS if key != kind.key},
    }
    for hint, text in hints.items():
        say(f"  {hint:<{max(map(len, hints))}}  {text}")
    return 0


def _shown(path: Path) -> str:
    """Return a path as somebody types it who stands where the demo was started."""
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
