"""What each command does. It returns the exit code; errors are left to the caller."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path

from glue.cli.context import Context, Exit
from glue.console import Terminal, progress_for
from glue.console.status import print_overview
from glue.console.story import print_story
from glue.console.summary import print_end, print_plan_details, print_report
from glue.engine import run
from glue.engine.bench import Bench, load_mapper, open_bench
from glue.engine.check import check
from glue.engine.errors import InterruptedRunError
from glue.explain import tell
from glue.interruption import Interruption
from glue.ledger import Database, Ledger
from glue.ledger.overview import overview
from glue.ledger.values import RunStatus
from glue.observer import Observer, Silent
from glue.plan import approve, make_plan
from glue.report import Report
from glue.settings import Settings
from kit.protocol.errors import ConfigError, GlueError
from kit.protocol.jsonlines import dumps


def _chosen(settings: Settings, name: str | None) -> str:
    """Return the named connection, or the only one.

    Raises:
        ConfigError: There are several, or none.
    """
    if name is not None:
        return settings.connection(name).name
    if len(settings.connections) == 1:
        return next(iter(settings.connections))
    names = ", ".join(f"`{each}`" for each in settings.connections) or "none"
    raise ConfigError(f"Say which connection is meant. {settings.path.name} has: {names}.")


def _each(settings: Settings, name: str | None) -> list[str]:
    return [settings.connection(name).name] if name is not None else list(settings.connections)


@contextmanager
def _opened(settings: Settings, name: str, observer: Observer) -> Iterator[Bench]:
    interruption = Interruption()
    with (
        interruption.on_signals(),
        open_bench(settings, name, observer, interruption) as bench,
    ):
        yield bench


def check_connections(context: Context, name: str | None) -> int:
    """Check one connection, or all; a fault in one does not hide the others."""
    settings = context.settings()
    code = Exit.OK
    for each in _each(settings, name):
        context.out.title(each)
        try:
            with _opened(settings, each, Silent()) as bench:
                for finding in check(bench):
                    context.out.tick(f"{finding.subject}: {finding.text}", good=finding.good)
                    code = code if finding.good else Exit.ERROR
        except GlueError as error:
            context.out.tick(str(error), good=False)
            code = Exit.ERROR
    return code


def plan_connection(context: Context, name: str | None, *, as_json: bool) -> int:
    """Plan one connection."""
    settings = context.settings()
    chosen = _chosen(settings, name)
    with (
        progress_for(_aside(context, as_json=as_json)) as observer,
        _opened(settings, chosen, observer) as bench,
    ):
        planned = make_plan(bench)
    if planned.report.status is RunStatus.INTERRUPTED:
        raise InterruptedRunError(
            f"Stopped; nothing was planned. Start anew with: glue plan {chosen}"
        )
    if as_json:
        context.out.line(dumps({"plan": planned.number, **planned.report.to_json()}).decode())
    else:
        _print_plan(context, planned.number, planned.report)
    if planned.number is None:
        return Exit.ERROR
    return Exit.OK


def _print_plan(context: Context, number: int | None, report: Report) -> None:
    out = context.out
    out.line()
    out.title(f"What a run of {report.connection} would do")
    print_report(out, report)
    print_plan_details(out, report)
    for problem in report.problems:
        out.tick(problem, good=False)
    if number is not None:
        out.line(
            f"This is plan {number}. Nothing was written. Approve it with "
            f"`glue approve {report.connection} {number}`, then `glue run {report.connection}`."
        )


def approve_plan(context: Context, name: str | None, number: int | None) -> int:
    """Approve a plan."""
    settings = context.settings()
    chosen = _chosen(settings, name)
    with Database(settings.ledger) as database:
        plan = approve(Ledger(database, chosen).runs, chosen, number)
    context.out.tick(
        f"Plan {plan.id} of {chosen}, made {plan.created_at:%Y-%m-%d %H:%M:%S} UTC, is approved. "
        f"Go on with `glue run {chosen}`.",
        good=True,
    )
    return Exit.OK


def run_connection(context: Context, name: str | None, *, as_json: bool) -> int:
    """Run one connection."""
    settings = context.settings()
    chosen = _chosen(settings, name)
    with (
        progress_for(_aside(context, as_json=as_json)) as observer,
        _opened(settings, chosen, observer) as bench,
    ):
        report = run(bench)
        destination = bench.destination.name
    if as_json:
        context.out.line(dumps(report.to_json()).decode())
    else:
        context.out.line()
        context.out.title(f"{chosen}: run {report.run_id} {report.status}")
        print_report(context.out, report)
        print_end(context.out, report, destination)
    if report.status is RunStatus.INTERRUPTED:
        raise InterruptedRunError(
            "Stopped on request. What was read and delivered is stored, and nothing is lost; go "
            f"on with: glue run {chosen}"
        )
    return Exit.OK if report.status is RunStatus.SUCCEEDED else Exit.ERROR


def _aside(context: Context, *, as_json: bool) -> Terminal:
    """Return where progress goes: beside the output where a program reads that."""
    return context.err if as_json else context.out


def show_status(context: Context, name: str | None) -> int:
    """Show how one connection stands, or all."""
    settings = context.settings()
    with Database(settings.ledger) as database:
        for each in _each(settings, name):
            print_overview(context.out, overview(Ledger(database, each)))
    return Exit.OK


def explain_one(context: Context, who: str, name: str | None, *, as_json: bool) -> int:
    """Tell a story, from every connection that knows it."""
    settings = context.settings()
    who = who.strip()
    if not who:
        raise ConfigError("Say who or what: an e-mail address, a key of the ERP or of Mailchimp.")
    found = False
    with Database(settings.ledger) as database:
        for each in _each(settings, name):
            mapper = load_mapper(settings, settings.connection(each))
            story = tell(Ledger(database, each), mapper, who)
            if not story.rows and not story.objects:
                continue
            found = True
            if as_json:
                context.out.line(dumps(story.to_json()).decode())
            else:
                print_story(context.out, story)
    if found:
        return Exit.OK
    raise ConfigError(
        f"Nothing that was read so far mentions `{who}`. Give an e-mail address, a key of the ERP, "
        "or a key of Mailchimp, as it is written there; or read first, with `glue run`."
    )


def write_example(context: Context) -> int:
    """Write an example connections file."""
    path: Path = context.file
    text = resources.files("glue.settings").joinpath("example.yaml").read_text(encoding="utf-8")
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise ConfigError(
            f"`{path}` is there already and was left as it is. Name another one with `glue --file`."
        ) from None
    except OSError as error:
        raise ConfigError(f"`{path}` cannot be written: {error.strerror}.") from None
    context.out.tick(
        f"Wrote {path}. Fill it in, set the variables that it names, then: glue check", good=True
    )
    return Exit.OK
