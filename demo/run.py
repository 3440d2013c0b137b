"""The main job, offline: Acumatica into Mailchimp, against the simulators, in under a minute.

Every step is a command that a user would type; the demo only types it.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from demo.morning import a_morning_at_the_office, cast
from demo.world import CONNECTION, secrets, write_connections_file
from simulators.acumatica import AcumaticaSimulator
from simulators.mailchimp import MailchimpSimulator
from simulators.wholesaler import Wholesaler, wholesaler

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


def tell(data: Wholesaler, erp: AcumaticaSimulator, mailchimp: MailchimpSimulator) -> None:
    """Tell the whole story."""
    path = write_connections_file(FOLDER, erp, mailchimp)
    storyteller = Storyteller(secrets(erp))
    say(f"Acumatica answers at {erp.url}, Mailchimp at {mailchimp.url}; settings: {path}")

    heading(1, "Do the connectors reach both sides?")
    storyteller.types("check")

    heading(2, "What would the first run do? It is held until its plan is approved")
    storyteller.types("run", CONNECTION, expecting=3)
    storyteller.types("plan", CONNECTION)
    storyteller.types("approve", CONNECTION)

    heading(3, "The first run")
    storyteller.types("run", CONNECTION)

    heading(4, "A second run of an unchanged ERP sends nothing")
    before = writes(mailchimp)
    storyteller.types("run", CONNECTION)
    say(f"\nMailchimp counted {writes(mailchimp) - before} writes.")

    heading(5, "Some rows change in the ERP, and the third run sends those and no others")
    for line in a_morning_at_the_office(erp, data):
        say(f"  · {line}")
    storyteller.types("run", CONNECTION)

    heading(6, "Why is this person in Mailchimp, and why is that one not?")
    players = cast(data)
    storyteller.types("explain", players.new_address)
    storyteller.types("explain", players.opted_out.email or "")


def main() -> int:
    """Run the demo; the exit code."""
    started = time.monotonic()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        data = wholesaler()
        with AcumaticaSimulator(data=data) as erp, MailchimpSimulator() as mailchimp:
            mailchimp.seed(data.mailchimp_members)
            tell(data, erp, mailchimp)
    except StoryEnded as end:
        say(f"\n{end} The settings and the ledger are left in {FOLDER}/ for a look.")
        return 1
    except KeyboardInterrupt:
        say("\nInterrupted. Nothing is left running.")
        return 130
    say(f"\nThat was the main job, in {time.monotonic() - started:.0f} seconds. What to try next:")
    say("  glue init                      write a connections file for your own accounts")
    say("  simulators acumatica --port 8101   start a simulator by hand, and look around in it")
    say("  docs/                          the settings of each connector, the catalog format")
    return 0


if __name__ == "__main__":
    sys.exit(main())
