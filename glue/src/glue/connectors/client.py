"""One connector as the runner uses it: every verb, with what it hands back kept at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import structlog

from glue.interruption import Interruption
from glue.ledger.answers import A_DAY, Answers
from glue.ledger.leases import Leases
from glue.ledger.vault import Vault
from glue.masking import Masker, secret_names, secret_values, without_secrets
from kit.protocol.connector import Call, Connector, Verb
from kit.protocol.errors import ConfigError, FatalError, GlueError
from kit.protocol.handshake import HIDDEN_SETTING
from kit.protocol.jsonlines import content_hash
from kit.protocol.messages import (
    Catalog,
    ConnectionStatus,
    Control,
    Log,
    Message,
    Spec,
    TraceError,
)
from kit.protocol.session import Session

_ANSWERS: Final = (Spec, Catalog, ConnectionStatus)
_LOUD: Final = frozenset({"WARN", "ERROR", "FATAL"})
_log = structlog.get_logger("glue.connectors")


@dataclass(frozen=True, slots=True)
class Seat:
    """What every connector of a run shares.

    Args:
        vault: Where handed-back configuration goes: the real ledger, also in a plan.
        answers: Kept answers to `spec` and `discover`.
        leases: Where started processes are noted.
        interruption: Whether somebody asked to stop.
    """

    vault: Vault
    answers: Answers
    leases: Leases
    interruption: Interruption


class Client:
    """One connector.

    Args:
        name: Its name in the connections file.
        connector: How it is started.
        config: Its config from the file, references replaced.
        secrets: What came out of references.
        seat: What it shares with the others.
    """

    def __init__(
        self,
        name: str,
        connector: Connector,
        config: Mapping[str, Any],
        secrets: frozenset[str],
        seat: Seat,
    ) -> None:
        self.name = name
        self._connector = connector
        self._file_config = config
        self._seat = seat
        self.mask = Masker()
        self.mask.add(secrets)
        self.mask.add(secret_values(config, frozenset()))
        self._spec: dict[str, Any] | None = None

    def spec(self, *, max_age: timedelta = A_DAY) -> dict[str, Any]:
        """Return the JSON schema of the config.

        Args:
            max_age: How old a kept answer may be; zero asks in any case.

        Raises:
            GlueError: The connector cannot be started, or does not answer.
        """
        if self._spec is None or max_age < A_DAY:
            self._spec = self._ask(Verb.SPEC, max_age)
            names = secret_names(self._spec)
            self.mask.add(secret_values(self._config(), names))
        return self._spec

    def discover(self, *, max_age: timedelta = A_DAY) -> dict[str, Any]:
        """Return the catalog that the connector discovers, as it is.

        Args:
            max_age: How old a kept answer may be; zero asks in any case.

        Raises:
            GlueError: It cannot be started, or its settings are wrong.
        """
        return self._ask(Verb.DISCOVER, max_age)

    def check(self) -> ConnectionStatus:
        """Ask the connector whether its settings work.

        Raises:
            GlueError: It cannot be started, or does not answer.
        """
        answer = self._answer(Verb.CHECK)
        if not isinstance(answer, ConnectionStatus):
            raise FatalError(f"The connector `{self.name}` did not answer `check`.")
        return ConnectionStatus(answer.succeeded, self.mask(answer.message))

    @property
    def settings(self) -> Mapping[str, Any]:
        """The config of the connections file."""
        return self._file_config

    @property
    def speaks_glue(self) -> bool:
        """Whether it is a destination of ours, which reports outcomes."""
        return HIDDEN_SETTING in (self.spec().get("properties") or {})

    @property
    def settings_hash(self) -> str:
        """Hash of the settings that shape what is written: no secrets, nothing handed back."""
        specification = self.spec()
        config = without_secrets(self._file_config, secret_names(specification))
        technical = {
            name
            for name, schema in (specification.get("properties") or {}).items()
            if isinstance(schema, Mapping) and schema.get("x-technical") is True
        }
        return content_hash({key: value for key, value in config.items() if key not in technical})

    def _config(self) -> dict[str, Any]:
        return self._seat.vault.config(self.name, self._file_config)

    def _ask(self, verb: Verb, max_age: timedelta) -> dict[str, Any]:
        parts: dict[str, Any] = {"connector": repr(self._connector)}
        if verb is not Verb.SPEC:
            parts["config"] = dict(self._file_config)
        fingerprint = content_hash(parts)
        kept = self._seat.answers.get(self.name, verb, fingerprint, max_age=max_age)
        if kept is not None:
            return kept
        answer = self._answer(verb)
        raw = (
            answer.connection_specification
            if isinstance(answer, Spec)
            else answer.raw
            if isinstance(answer, Catalog)
            else None
        )
        if raw is None:
            raise FatalError(f"The connector `{self.name}` did not answer `{verb}`.")
        self._seat.answers.keep(self.name, verb, fingerprint, raw)
        return raw

    def _answer(self, verb: Verb) -> Message | None:
        """Run a verb that gives one answer."""
        answer: Message | None = None
        trace: TraceError | None = None
        with self.start(verb) as session:
            for message in session.messages():
                if isinstance(message, TraceError):
                    trace = message
                elif not self.take(message) and isinstance(message, _ANSWERS):
                    answer = message
            code = session.finish()
        if self._seat.interruption.requested:
            raise KeyboardInterrupt
        if answer is None:
            raise self.failure(trace, code)
        return answer

    @contextmanager
    def start(
        self,
        verb: Verb,
        *,
        catalog: Mapping[str, Any] | None = None,
        state: Sequence[Mapping[str, Any]] | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> Iterator[Session]:
        """Start a verb, with the config as it stands now.

        Args:
            verb: What to do.
            catalog: The configured catalog, for `read` and `write`.
            state: States to go on from, for `read`.
            extra: Settings on top of the config.

        Raises:
            ConfigError: There is no such command.
        """
        config = None
        if verb is not Verb.SPEC:
            self.spec()  # from now on it is known what has to be masked
            config = {**self._config(), **(extra or {})}
        interruption = self._seat.interruption
        try:
            session = self._connector.start(Call(verb, config, catalog, state))
        except ConfigError as error:
            setting = f"connectors.{self.name}.{error.setting or 'command'}"
            raise ConfigError(f"Connector `{self.name}`: {error}", setting=setting) from None
        # A write is ended by closing its input, so that its calls in hand are reported
        stop = None if verb is Verb.WRITE else session.stop
        with session, interruption.watch(session, stop):
            self._seat.leases.add_child(session.worker.pid)
            yield session

    def take(self, message: Message) -> bool:
        """Deal with a message that every verb may send; False if it is another one."""
        if isinstance(message, Control):
            self._seat.vault.keep(self.name, self._file_config, message.config)
            self.mask.add(secret_values(message.config, secret_names(self._spec or {})))
            return True
        if isinstance(message, Log):
            if message.level in _LOUD:
                _log.warning(
                    "connector",
                    connector=self.name,
                    level=message.level,
                    text=self.mask(message.message),
                )
            return True
        return False

    def failure(self, trace: TraceError | None, code: int) -> GlueError:
        """Return the error for a verb that failed.

        Args:
            trace: What the connector said, if it said anything.
            code: Its exit code; negative where a signal ended it.
        """
        if trace is None:
            how = f"was ended by signal {-code}" if code < 0 else f"ended with exit code {code}"
            return FatalError(
                f"The connector `{self.name}` {how} and gave no reason. Start its command by hand "
                "to see what it prints."
            )
        text = f"Connector `{self.name}`: {self.mask(trace.message or trace.internal)}"
        return ConfigError(text) if trace.failure_type == "config_error" else FatalError(text)
