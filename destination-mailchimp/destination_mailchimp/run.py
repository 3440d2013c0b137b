"""The connector as a program, and as an entry for tests that run it in their own process."""

from __future__ import annotations

from collections.abc import Sequence
from typing import IO

from destination_mailchimp.application import Mailchimp
from kit.destination import console
from kit.destination import run as run_verb


def entry(args: Sequence[str], stdin: IO[bytes], stdout: IO[bytes]) -> int:
    """Run one verb over the given streams, and return the exit code."""
    return run_verb(Mailchimp(), args, stdin, stdout)


def run() -> None:
    """Run one verb as a program."""
    console(Mailchimp())
