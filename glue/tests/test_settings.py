from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from glue.settings import load_settings, resolve
from kit.protocol.errors import ConfigError

GOOD = """
connectors:
  erp: {command: [source-erp], config: {start: 2020-01-01}}
  mail: {image: "mail:1"}
connections:
  flow: {source: erp, destination: mail, catalog: x.yaml}
"""


def load(tmp_path: Path, text: str) -> Any:
    (tmp_path / "glue.yaml").write_text(text)
    return load_settings(tmp_path / "glue.yaml")


def test_a_good_file(tmp_path: Path) -> None:
    settings = load(tmp_path, GOOD)
    assert settings.ledger == tmp_path / "glue.db"
    assert settings.connectors["erp"].command == ("source-erp",)
    assert settings.connectors["erp"].config == {"start": "2020-01-01"}
    assert settings.connectors["mail"].image == "mail:1"
    assert settings.connection("flow").source == "erp"


@pytest.mark.parametrize(
    ("find", "replace", "sentence"),
    [
        ("command:", "comand:", "`connectors.erp.comand` is not a known setting. Did you mean `command`?"),
        ("catalog: x.yaml", "", "`connections.flow.catalog` is missing; add it."),
        ("source: erp", "source: crm", "names the connector `crm`, which is not under `connectors`. There are: `erp`, `mail`."),
        ("connectors:\n", "conectors:\n", "Did you mean `connectors`?"),
        ('{image: "mail:1"}', "{}", "`connectors.mail` is wrong: give either `command` or `image`."),
        ('image: "mail:1"', 'image: "mail:1", command: [x]', "give either `command` or `image`"),
        ("[source-erp]", "source-erp", "`connectors.erp.command` is wrong"),
        ("  mail:", "  erp:", "line 4: `erp` is given twice."),
        ("{source:", "{source: [", "line 6"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_sentence(tmp_path: Path, find: str, replace: str, sentence: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, GOOD.replace(find, replace, 1))
    assert sentence in str(caught.value)
    assert str(caught.value).startswith("glue.yaml")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("url", ["postgresql://host/db", "sqlite://", "sqlite:///:memory:", "glue"])
def test_only_an_sqlite_file_can_be_the_ledger(tmp_path: Path, url: str) -> None:
    with pytest.raises(ConfigError, match="`ledger` has to be an SQLite file"):
        load(tmp_path, f"ledger: '{url}'\n{GOOD}")


def test_an_absolute_ledger(tmp_path: Path) -> None:
    assert load(tmp_path, f"ledger: sqlite:////var/x.db\n{GOOD}").ledger == Path("/var/x.db")


def test_a_missing_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="glue init"):
        load_settings(tmp_path / "none.yaml")


def test_an_unknown_connection_lists_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"has no connection `x`\. It has: `flow`\."):
        load(tmp_path, GOOD).connection("x")


def resolved(tmp_path: Path, config: dict[str, Any], **environment: str) -> Any:
    return resolve(
        config,
        folder=tmp_path,
        where="glue.yaml",
        setting="connectors.erp.config",
        environment=environment,
    )


def test_references_are_replaced_and_remembered_as_secrets(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("from-file\n")
    config = {
        "a": "${env:A}",
        "b": {"c": ["x ${env:A} y", 1, None, True]},
        "d": "${file:./token}",
        "e": "$plain {text}",
    }
    found = resolved(tmp_path, config, A="from-env")
    assert found.values == {
        "a": "from-env",
        "b": {"c": ["x from-env y", 1, None, True]},
        "d": "from-file",
        "e": "$plain {text}",
    }
    assert found.secrets == {"from-env", "from-file"}


@pytest.mark.parametrize(
    ("reference", "sentence"),
    [
        ("${env:NONE}", "`connectors.erp.config.a.b` refers to the environment variable `NONE`"),
        ("${env:EMPTY}", "not set or empty"),
        ("${file:none}", "the file `none`, which cannot be read"),
        ("${vault:x}", "which is not known; use `${env:NAME}` or `${file:PATH}`"),
    ],
)
def test_a_reference_to_nothing(tmp_path: Path, reference: str, sentence: str) -> None:
    with pytest.raises(ConfigError) as caught:
        resolved(tmp_path, {"a": {"b": reference}}, EMPTY="")
    assert sentence in str(caught.value)
