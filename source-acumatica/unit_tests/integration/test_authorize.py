"""The consent, given by an HTTP client in the browser's place."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from simulators.acumatica import AcumaticaSimulator
from source_acumatica.signin.authorize import SECRET_VARIABLE, authorize

MakeConfig = Callable[..., dict[str, Any]]
Browser = Callable[[str], None]


@pytest.fixture
def port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def words(erp: AcumaticaSimulator, port: int, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The command line, with the secret in the environment."""
    monkeypatch.setenv(SECRET_VARIABLE, erp.account.client_secret)
    register(erp, port)
    named = ["--instance-url", erp.url, "--client-id", erp.account.client_id]
    return [*named, "--port", str(port), "--time-limit", "20"]


@pytest.fixture
def browse(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Browser], list[str]]]:
    """Puts a function in the browser's place; returns the addresses that it was given."""
    opened: list[str] = []
    threads: list[threading.Thread] = []

    def use(browser: Browser) -> list[str]:
        def open_address(address: str) -> bool:
            opened.append(address)
            thread = threading.Thread(target=browser, args=(address,))
            thread.start()
            threads.append(thread)
            return True

        monkeypatch.setattr("webbrowser.open", open_address)
        return opened

    yield use
    for thread in threads:
        thread.join(timeout=10)


def register(erp: AcumaticaSimulator, port: int) -> None:
    """Register the redirect URI at the simulated SM303010."""
    erp.sign_in.redirect_uris.add(f"http://localhost:{port}/callback")


def consent(address: str) -> str:
    """Consent as a person does; returns where the browser is led to."""
    answer = requests.get(address, allow_redirects=False, timeout=10)
    assert answer.status_code == 302, answer.text
    return str(answer.headers["Location"])


def agree(address: str) -> None:
    requests.get(consent(address).replace("localhost", "127.0.0.1"), timeout=10)


def codes_exchanged(erp: AcumaticaSimulator) -> int:
    forms = [parse_qs(exchange.request_body.decode()) for exchange in erp.requests]
    return sum(form.get("grant_type") == ["authorization_code"] for form in forms)


def test_the_consent_gives_the_setting_to_paste(
    erp: AcumaticaSimulator,
    make_config: MakeConfig,
    words: list[str],
    browse: Any,
    source: Any,
    capfd: pytest.CaptureFixture[str],
) -> None:
    opened = browse(agree)
    assert authorize(words) == 0
    written = capfd.readouterr()
    pasted = json.loads(written.out)
    assert set(pasted) == {"credentials"}
    assert erp.account.client_secret not in written.err
    assert opened[0] in written.err
    asked = parse_qs(urlsplit(opened[0]).query)
    assert asked["scope"] == ["api offline_access"]
    assert asked["code_challenge_method"] == ["S256"]
    assert codes_exchanged(erp) == 1
    erp.clear_requests()
    out = source("read", make_config(erp) | pasted, ("customers",))
    assert out.code == 0, out.errors
    assert len(out.records("customers")) == erp.counts()["Customer"]
    assert [e.path for e in erp.requests if e.method == "POST"] == [], "its access token is used"


def test_a_config_file_is_changed_whole_and_for_its_owner_alone(
    erp: AcumaticaSimulator, words: list[str], browse: Any, tmp_path: Path, capfd: Any
) -> None:
    path = tmp_path / "config.json"
    path.write_text(json.dumps({"instance_url": erp.url + "/", "page_size": 7}))
    path.chmod(0o644)
    browse(agree)
    assert authorize([*words, "--write", str(path)]) == 0
    config = json.loads(path.read_text())
    assert config["page_size"] == 7
    assert config["credentials"]["auth_type"] == "oauth"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [found.name for found in tmp_path.iterdir()] == ["config.json"]
    assert capfd.readouterr().out == "", "no secret is printed that was written"


@pytest.mark.parametrize("content", [None, "{", "[]", '{"instance_url": "https://other.test"}'])
def test_a_config_file_that_cannot_be_used_is_told_before_the_consent(
    erp: AcumaticaSimulator,
    words: list[str],
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    content: str | None,
) -> None:
    path = tmp_path / "config.json"
    if content is not None:
        path.write_text(content)
    assert authorize([*words, "--write", str(path)]) == 1
    assert "The config file" in capfd.readouterr().err
    assert erp.requests == []


def test_without_a_browser_the_address_is_pasted(
    words: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    class Person(io.StringIO):
        def readline(self, *_: Any) -> str:
            shown = re.search(r"http\S+/connect/authorize\S+", capfd.readouterr().err)
            assert shown
            return consent(shown[0]) + "\n"

    monkeypatch.setattr("sys.stdin", Person())
    assert authorize([*words, "--no-browser"]) == 0
    assert json.loads(capfd.readouterr().out)["credentials"]["refresh_token"]


def test_a_secret_is_asked_for_without_being_shown(
    erp: AcumaticaSimulator,
    words: list[str],
    browse: Any,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.delenv(SECRET_VARIABLE)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("getpass.getpass", lambda _prompt: erp.account.client_secret)
    browse(agree)
    assert authorize(words) == 0
    assert erp.account.client_secret not in capfd.readouterr().err


def test_a_secret_that_cannot_be_asked_for_is_told(
    words: list[str], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv(SECRET_VARIABLE)
    monkeypatch.setattr("sys.stdin", io.StringIO())
    assert authorize(words) == 1
    assert SECRET_VARIABLE in capfd.readouterr().err


def deny(address: str) -> None:
    click = {"username": "sync", "password": "planted-password", "decision": "deny"}
    answer = requests.post(address, data=click, allow_redirects=False, timeout=10)
    requests.get(answer.headers["Location"].replace("localhost", "127.0.0.1"), timeout=10)


def forge(address: str) -> None:
    led_to = consent(address).replace("localhost", "127.0.0.1")
    requests.get(re.sub(r"state=[^&]+", "state=planted-other", led_to), timeout=10)


@pytest.mark.parametrize(
    ("browser", "sentence"), [(deny, "was denied"), (forge, "the state differs")]
)
def test_an_answer_that_is_no_consent(
    erp: AcumaticaSimulator,
    words: list[str],
    browse: Any,
    capfd: pytest.CaptureFixture[str],
    browser: Browser,
    sentence: str,
) -> None:
    browse(browser)
    assert authorize(words) == 1
    written = capfd.readouterr()
    assert sentence in written.err
    assert "Traceback" not in written.err
    assert written.out == ""
    assert codes_exchanged(erp) == 0


def test_a_wrong_secret(
    erp: AcumaticaSimulator, words: list[str], browse: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    browse(agree)
    assert authorize([*words, "--client-secret", "planted-and-wrong"]) == 1
    written = capfd.readouterr().err
    assert "client id with this secret" in written
    assert "planted-and-wrong" not in written
    assert codes_exchanged(erp) == 1


def test_a_busy_token_service_is_not_asked_again_with_the_same_code(
    erp: AcumaticaSimulator, words: list[str], browse: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    erp.faults.on("drop_answer", path="/connect/token")
    browse(agree)
    assert authorize(words) == 1
    assert "Error: " in capfd.readouterr().err
    assert codes_exchanged(erp) == 1


def test_a_redirect_uri_that_is_not_registered(
    erp: AcumaticaSimulator, words: list[str], browse: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    erp.sign_in.redirect_uris.clear()
    shown: list[int] = []
    browse(lambda address: shown.append(requests.get(address, timeout=10).status_code))
    assert authorize([*words[:-1], "1"]) == 1
    written = capfd.readouterr().err
    assert f"http://localhost:{words[5]}/callback is registered" in written
    assert shown == [400], "the page in the browser; it leads nowhere"


def test_other_requests_to_the_listener_do_not_end_the_wait(
    words: list[str], browse: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    def curious(address: str) -> None:
        led_to = consent(address).replace("localhost", "127.0.0.1")
        icon = requests.get(f"http://{urlsplit(led_to).netloc}/favicon.ico", timeout=10)
        assert icon.status_code == 404
        page = requests.get(led_to, timeout=10)
        assert "You may close this page" in page.text

    browse(curious)
    assert authorize(words) == 0, capfd.readouterr().err


def test_a_port_in_use(
    words: list[str], port: int, capfd: pytest.CaptureFixture[str], browse: Any
) -> None:
    browse(agree)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        assert authorize(words) == 1
    assert "`--port`" in capfd.readouterr().err


def test_a_host_that_is_not_there(
    erp: AcumaticaSimulator,
    words: list[str],
    naps: list[float],
    capfd: pytest.CaptureFixture[str],
) -> None:
    erp.stop()
    assert authorize(words) == 1
    assert "could not be reached" in capfd.readouterr().err
    assert len(naps) == 1


@pytest.mark.parametrize("folder", ["/Elsewhere", ""])
def test_an_address_without_a_sign_in(
    erp: AcumaticaSimulator, words: list[str], capfd: pytest.CaptureFixture[str], folder: str
) -> None:
    words[1] = f"{erp.base_url}{folder}"
    assert authorize(words) == 1
    assert "with the site folder" in capfd.readouterr().err


def test_an_instance_that_names_another_host_gets_no_secret(
    erp: AcumaticaSimulator, words: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    words[1] = erp.url.replace("127.0.0.1", "localhost")
    assert authorize(words) == 1
    assert "another host" in capfd.readouterr().err
    assert codes_exchanged(erp) == 0


def test_a_client_id_without_a_tenant(
    erp: AcumaticaSimulator, words: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    words[3] = "4B2F9C60"
    assert authorize(words) == 1
    assert "does not name the tenant" in capfd.readouterr().err
    assert erp.requests == []


def test_ctrl_c_ends_it_cleanly(words: list[str]) -> None:
    command = [sys.executable, "-m", "source_acumatica", "authorize", *words]
    quiet = {"BROWSER": "true"}
    with subprocess.Popen(
        command,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **quiet},
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if "Waiting" in line:
                break
        process.send_signal(signal.SIGINT)
        _, rest = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "Nothing was changed" in rest
    assert "Traceback" not in rest


def test_it_has_its_own_help(process: Any) -> None:
    out = process("authorize", "--help")
    assert out.code == 0
    for option in ("--instance-url", "--client-id", "--port", "--no-browser", "--write"):
        assert option in out.text
