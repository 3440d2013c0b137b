"""The command `source-acumatica authorize`: the consent, once, in a browser.

It prints the setting `credentials`, or puts it into a config file. What a person reads goes to
standard error, so that standard output holds the JSON alone.
"""

import argparse
import getpass
import json
import os
import sys
import webbrowser
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import requests

from source_acumatica.answers.answer import Answer
from source_acumatica.answers.exchange import FIRST_CONTACT, ask_patiently
from source_acumatica.errors import AcumaticaError, ConfigError, PassingError
from source_acumatica.settings import instance_url
from source_acumatica.signin.config_file import ConfigFile
from source_acumatica.signin.consent import Consent
from source_acumatica.signin.grant import tenant_of
from source_acumatica.signin.listener import Listener, redirect_uri
from source_acumatica.signin.service import Tokens, diagnose, parse, post

SECRET_VARIABLE: Final = "ACUMATICA_CLIENT_SECRET"  # noqa: S105 - the name of a variable
_DISCOVERY: Final = "/identity/.well-known/openid-configuration"
_INTERRUPTED: Final = 130


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says.

    Attributes:
        instance: The instance's address.
        client_id: The connected application.
        client_secret: Its secret; empty = ask the person.
        port: The port to listen on.
        browser: Whether to open a browser and to listen; else the person pastes the address.
        write: The config file to change; None = print.
        seconds: How long to wait for the consent.
    """

    instance: str
    client_id: str
    client_secret: str
    port: int
    browser: bool
    write: Path | None
    seconds: float

    @classmethod
    def of(cls, words: Sequence[str]) -> "Options":
        """Read the command line.

        Args:
            words: What follows `authorize`.

        Raises:
            ConfigError: The address or the client id cannot be used.
        """
        given = _parser().parse_args(words)
        tenant_of(given.client_id)
        return cls(
            instance=instance_url({"instance_url": given.instance_url}),
            client_id=given.client_id.strip(),
            client_secret=given.client_secret or os.environ.get(SECRET_VARIABLE, ""),
            port=given.port,
            browser=not given.no_browser,
            write=given.write,
            seconds=given.time_limit,
        )


def authorize(words: Sequence[str]) -> int:
    """Run the command and return its exit code.

    Args:
        words: What follows `authorize`.
    """
    try:
        _run(Options.of(words))
    except KeyboardInterrupt:
        _say("\nStopped. Nothing was changed.")
        return _INTERRUPTED
    except AcumaticaError as failure:
        _say(f"Error: {failure}")
        return 1
    return 0


def _run(options: Options) -> None:
    file = ConfigFile.read(options.write, options.instance) if options.write else None
    secret = options.client_secret or _ask_for_secret()
    authorize_endpoint, token_endpoint = _discover(options.instance)
    consent = Consent.begin(options.client_id, redirect_uri(options.port))
    led_to = _consented(options, consent, authorize_endpoint)
    tokens = _exchange(token_endpoint, consent.form(consent.code_in(led_to), secret))
    credentials = {
        "auth_type": "oauth",
        "client_id": options.client_id,
        "client_secret": secret,
        **tokens.as_settings(),
    }
    if file is None:
        _say("Paste this as the setting `credentials`. Keep it secret, and use it in one place.")
        sys.stdout.write(json.dumps({"credentials": credentials}, indent=2) + "\n")
        sys.stdout.flush()
    else:
        file.put_credentials(credentials)
        _say(f"The setting `credentials` in {file.path} was replaced. Use that file in one place.")


def _discover(instance: str) -> tuple[str, str]:
    """Return where to consent and where to exchange the code, as the instance says."""
    document = ask_patiently(
        lambda: requests.get(instance + _DISCOVERY, timeout=FIRST_CONTACT),
        subject="its sign-in addresses",
        diagnose=_diagnose_discovery,
    )
    found = document if isinstance(document, Mapping) else {}
    names = ("authorization_endpoint", "token_endpoint")
    addresses = [str(found.get(name) or "") for name in names]
    if not all(_same_host(address, instance) for address in addresses):
        raise ConfigError(
            "The instance names a sign-in address on another host, so nothing was sent there. Give "
            "`--instance-url` the address at which people open Acumatica."
        )
    return addresses[0], addresses[1]


def _same_host(address: str, instance: str) -> bool:
    return urlsplit(address)[:2] == urlsplit(instance)[:2]


def _consented(options: Options, consent: Consent, authorize_endpoint: str) -> str:
    """Send the person to the consent, and return the address to which the browser was led."""
    _say(
        f"Redirect URI: {consent.redirect_uri}\n"
        "It must be registered exactly so on form Connected Applications SM303010.\n"
    )
    address = consent.address(authorize_endpoint)
    if not options.browser:
        _say(f"Open this address in a browser, sign in and allow access:\n\n{address}\n")
        _say("The browser is then led to a page that may not open. Paste that page's address here:")
        return sys.stdin.readline().strip()
    with Listener(options.port) as listener:
        _say(f"Sign in and allow access in the browser. If none opens, go to:\n\n{address}\n")
        _say(f"Waiting up to {options.seconds:g} seconds; Ctrl-C ends it.")
        webbrowser.open(address)
        return listener.wait(options.seconds)


def _exchange(token_endpoint: str, form: Mapping[str, str]) -> Tokens:
    """Exchange the code, once: it is worthless afterwards."""
    try:
        body = ask_patiently(
            lambda: post(token_endpoint, form),
            subject="a token",
            diagnose=_diagnose_exchange,
            retries=0,
        )
    except PassingError:
        raise PassingError(
            "Acumatica was busy when the code was to be exchanged, and the code may be used up. "
            "Run the command again in a minute."
        ) from None
    tokens = parse(body)
    if not tokens.refresh:
        raise ConfigError(
            "Acumatica gave no refresh token. Allow the scope `offline_access` for the connected "
            "application on form Connected Applications SM303010, and run the command again."
        )
    return tokens


def _diagnose_discovery(answer: Answer) -> AcumaticaError | None:
    if answer.status != requests.codes.not_found:
        return None
    return ConfigError(
        "There is no Acumatica sign-in at this address. Give `--instance-url` the instance's "
        "address with the site folder, such as https://erp.example.com/Site."
    )


def _diagnose_exchange(answer: Answer) -> AcumaticaError | None:
    if "invalid_client" in answer.body:
        return ConfigError(
            "Acumatica does not accept the client id with this secret. Check both on form "
            "Connected Applications SM303010 (a secret is shown only when it is made), and run "
            "the command again."
        )
    if "invalid_grant" in answer.body:
        return ConfigError(
            "Acumatica refused the code: it is good once, for a short time, and only with the "
            "redirect URI that was registered. Run the command again, and check the redirect URI "
            "on form Connected Applications SM303010."
        )
    return diagnose(answer)


def _ask_for_secret() -> str:
    if not sys.stdin.isatty():
        raise ConfigError(
            f"The client secret is missing. Set the environment variable {SECRET_VARIABLE}, or run "
            "the command in a terminal, where it asks for it."
        )
    secret = getpass.getpass("Client secret (not shown): ").strip()
    if not secret:
        raise ConfigError(
            "The client secret is missing. Add one on form Connected Applications SM303010, tab "
            "Secrets, and run the command again."
        )
    return secret


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="source-acumatica authorize",
        description="Give the consent once, in a browser, and get the setting `credentials`.",
        epilog=(
            "The connected application (form SM303010) needs the flow Authorization Code and the "
            "redirect URI http://localhost:PORT/callback."
        ),
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("--instance-url", required=True, metavar="URL", help="as in the setting instance_url")
    add("--client-id", required=True, metavar="ID", help="ends with @ and the tenant")
    add(
        "--client-secret",
        default="",
        metavar="SECRET",
        help=f"better in the environment variable {SECRET_VARIABLE}; without either it is asked",
    )
    add("--port", type=int, default=8765, help="of the redirect URI (default %(default)s)")
    add(
        "--no-browser",
        action="store_true",
        help="print the address, and let the person paste the one to which the browser was led",
    )
    add("--write", type=Path, metavar="FILE", help="put the setting into this config file instead")
    add(
        "--time-limit",
        type=float,
        default=300.0,
        metavar="SECONDS",
        help="how long to wait for the consent (default %(default)g)",
    )
    return parser
