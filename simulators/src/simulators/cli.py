"""The command `simulators`: run one simulator by hand until Ctrl-C."""

from __future__ import annotations

import importlib
import signal
import threading
from typing import Final

import click

from simulators.common import Simulator

_CLASSES: Final = {
    "acumatica": ("simulators.acumatica", "AcumaticaSimulator"),
    "business-central": ("simulators.business_central", "BusinessCentralSimulator"),
    "mailchimp": ("simulators.mailchimp", "MailchimpSimulator"),
}


@click.command()
@click.argument("system", type=click.Choice(sorted(_CLASSES)))
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="0 = any free port.")
@click.option("--latency", type=click.FloatRange(min=0), default=0.0, help="Seconds per answer.")
@click.option("--seed", type=int, default=0, help="Data and faults follow from it.")
@click.option("--empty", is_flag=True, help="Start without the wholesaler's data.")
def main(system: str, port: int, latency: float, seed: int, *, empty: bool) -> None:
    """Run a stand-in for SYSTEM on 127.0.0.1 until Ctrl-C."""
    simulator = _make(system, seed=seed, empty=empty)
    simulator.latency = latency
    try:
        simulator.start(port)
    except OSError as error:
        raise click.ClickException(
            f"Port {port} cannot be used ({error.strerror}). Give another one with --port."
        ) from error
    _announce(simulator)
    _wait_for_signal()
    simulator.stop()
    click.echo("Stopped.")


def _make(system: str, *, seed: int, empty: bool) -> Simulator:
    module, name = _CLASSES[system]
    kind: type[Simulator] = getattr(importlib.import_module(module), name)
    return kind.by_hand(seed=seed, empty=empty)


def _announce(simulator: Simulator) -> None:
    name = simulator.NAME.replace("_", " ").title()
    click.echo(f"{name} simulator: {simulator.url}")
    for label, value in simulator.credentials().items():
        click.echo(f"  {label}: {value}")
    held = ", ".join(f"{count} {name}" for name, count in simulator.counts().items())
    click.echo(f"  holds: {held or 'nothing'}")
    click.echo(f"  state, log, faults, clock: {simulator.base_url}/_simulator/")
    click.echo("Ctrl-C stops it.")


def _wait_for_signal() -> None:
    done = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: done.set())
    done.wait()


if __name__ == "__main__":
    main()
