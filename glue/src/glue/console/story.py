"""The story of one person, item or document, as text."""

from __future__ import annotations

from typing import Final

from glue.console.status import time_text
from glue.console.terminal import Terminal
from glue.explain import ObjectStory, RowStory, Story
from kit.protocol.jsonlines import dumps

_SHOWN: Final = 12


def print_story(terminal: Terminal, story: Story) -> None:
    """Print a story: first how it stands, then where that comes from."""
    terminal.title(f"{story.who} in {story.connection}")
    _print_gist(terminal, story)
    for row in story.rows[:_SHOWN]:
        _print_row(terminal, row)
    _print_more(terminal, len(story.rows), "source records")
    for each in story.objects[:_SHOWN]:
        _print_object(terminal, each)
    _print_more(terminal, len(story.objects), "objects")
    terminal.line()


def _print_gist(terminal: Terminal, story: Story) -> None:
    """Say for each kind of object whether it is delivered, and if not, why and what to do."""
    said: set[str] = set()
    for each in story.objects:
        if each.standing is None:
            text = f"{each.object}: not delivered yet"
        elif each.standing.is_delivered:
            text = f"{each.object}: delivered" + (f", {each.status}" if each.status else "")
        else:
            text = f"{each.object}: {each.standing}, {_why(each.reason)}"
        if text not in said:
            terminal.line(f"  {text}")
            said.add(text)
    for row in story.rows:
        for result in row.results:
            text = f"{result.object}: {result.kind}, {_why(result.reason)}"
            if result.reason is not None and text not in said:
                terminal.line(f"  {text}")
                said.add(text)


def _why(reason: object) -> str:
    meaning = getattr(reason, "meaning", "")
    return f"{reason}. {meaning} {getattr(reason, 'advice', '')}" if meaning else "no reason given"


def _print_row(terminal: Terminal, row: RowStory) -> None:
    terminal.line()
    terminal.line(f"Source record {row.stream} {row.key}", style="bold")
    terminal.line(f"  first seen {time_text(row.first_seen)}, changed {time_text(row.changed_at)}")
    if row.due:
        terminal.line("  not mapped yet; the next run does it")
    if not row.results:
        terminal.line("  the catalog reads it for lookups only")
    for result in row.results:
        if result.key is not None:
            terminal.line(f"  {result.rule}: makes {result.object} {result.key}")
        else:
            detail = f" ({result.detail})" if result.detail else ""
            terminal.line(
                f"  {result.rule}: {result.kind} for {result.object}{detail}: {_why(result.reason)}"
            )


def _print_object(terminal: Terminal, each: ObjectStory) -> None:
    terminal.line()
    terminal.line(f"{each.object} {each.key}", style="bold")
    sources = ", ".join(f"{stream} {key}" for stream, key in each.made_of) or "nothing any more"
    terminal.line(f"  made of: {sources}")
    if each.wanted is not None:
        terminal.line(f"  payload: {dumps(each.wanted).decode()}", style="dim")
    if each.status:
        terminal.line(f"  status: {each.status}")
    if each.consent:
        changed = each.consent_changed_at
        seen = f", seen to change {time_text(changed)}" if changed else ""
        terminal.line(f"  consent in the ERP: {each.consent}{seen}")
    if each.waits_for:
        terminal.line(f"  waits for: {each.waits_for}")
    terminal.line(f"  next: {each.decision}")
    for attempt in each.attempts:
        reason = f", {attempt.reason}" if attempt.reason else ""
        message = f": {attempt.message}" if attempt.message else ""
        terminal.line(
            f"  run {attempt.run_id}, {time_text(attempt.intent_at)}: "
            f"{attempt.kind or 'unknown, no answer came'}{reason}{message}"
        )


def _print_more(terminal: Terminal, count: int, what: str) -> None:
    if count > _SHOWN:
        terminal.line(f"  … and {count - _SHOWN:,} more {what}; all with `--output json`.")
