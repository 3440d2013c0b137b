"""The commands. Each parses its arguments and hands over to one function of `glue.cli.work`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import TypeVar

import rich_click as click

from glue.cli.context import Context, Exit, end, set_up_log
from glue.cli.work import (
    approve_plan,
    check_connections,
    explain_one,
    plan_connection,
    run_connection,
    show_status,
    write_example,
)
from glue.console import Terminal

click.rich_click.TEXT_MARKUP = "rich"
_Command = TypeVar("_Command", bound=Callable[..., None])
_EPILOG = (
    "Exit codes: 0 all went well, 1 error, 2 no such command or option, 3 held until a plan is "
    "approved, 130 interrupted."
)


def _output(help_text: str) -> Callable[[_Command], _Command]:
    return click.option(
        "--output",
        type=click.Choice(["text", "json"]),
        default="text",
        show_default=True,
        help=help_text,
    )


@click.group(epilog=_EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--file",
    "-f",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("glue.yaml"),
    show_default=True,
    envvar="GLUE_FILE",
    help="The connections file.",
)
@click.option(
    "--log-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Append a log of JSON lines to this file; it holds no records and no secrets.",
)
@click.version_option(version("erpglue"), prog_name="glue")
@click.pass_context
def main(context: click.Context, file: Path, log_file: Path | None) -> None:
    """Bring customers, items and invoices from an ERP into Mailchimp, and keep them up to date."""
    try:
        set_up_log(log_file)
    except OSError as error:
        text = f"The log file `{log_file}` cannot be written: {error.strerror}."
        Terminal(sys.stderr).error(text)
        sys.exit(Exit.ERROR)
    context.obj = Context(file, Terminal(), Terminal(sys.stderr))


@main.command()
@click.argument("connection", required=False)
@click.pass_obj
def check(context: Context, connection: str | None) -> None:
    """Check CONNECTION, or every connection: settings, log-ins, and the mapping catalog."""
    end(context, lambda: check_connections(context, connection))


@main.command()
@click.argument("connection", required=False)
@_output("How to print the plan.")
@click.pass_obj
def plan(context: Context, connection: str | None, output: str) -> None:
    """Show what a run of CONNECTION would do. Reads the ERP and Mailchimp, and writes nothing."""
    end(context, lambda: plan_connection(context, connection, as_json=output == "json"))


@main.command()
@click.argument("connection", required=False)
@click.argument("number", metavar="[PLAN]", type=int, required=False)
@click.pass_obj
def approve(context: Context, connection: str | None, number: int | None) -> None:
    """Approve a PLAN of CONNECTION, the latest by default. A first run waits for it."""
    end(context, lambda: approve_plan(context, connection, number))


@main.command()
@click.argument("connection", required=False)
@_output("How to print the summary.")
@click.pass_obj
def run(context: Context, connection: str | None, output: str) -> None:
    """Run CONNECTION: read what changed, and deliver it."""
    end(context, lambda: run_connection(context, connection, as_json=output == "json"))


@main.command()
@click.argument("connection", required=False)
@click.pass_obj
def status(context: Context, connection: str | None) -> None:
    """Show how CONNECTION stands, or every one: last runs, how far it read, dead letters."""
    end(context, lambda: show_status(context, connection))


@main.command()
@click.argument("who")
@click.option("--connection", "-c", help="Only this connection.")
@_output("How to print the story.")
@click.pass_obj
def explain(context: Context, who: str, connection: str | None, output: str) -> None:
    """Tell the whole story of WHO: an e-mail address, an ERP key, or a key in Mailchimp."""
    end(context, lambda: explain_one(context, who, connection, as_json=output == "json"))


@main.command()
@click.pass_obj
def init(context: Context) -> None:
    """Write an example connections file to start from; never over an existing one."""
    end(context, lambda: write_example(context))
