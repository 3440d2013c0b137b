from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from hypothesis import given
from hypothesis import strategies as st

from glue.ledger import Database
from glue.ledger.vault import KEY_VARIABLE, Vault, changed_fields, overlay
from kit.protocol.errors import ConfigError

names = st.sampled_from(["a", "b", "c"])
integers = st.integers(-1000, 1000)
leaves = st.one_of(st.none(), integers, st.text(max_size=5), st.lists(integers))
configs = st.dictionaries(names, st.one_of(leaves, st.dictionaries(names, leaves)))


@given(configs, configs)
def test_the_overlay_gives_back_what_was_handed_back(
    file: dict[str, Any], handed_back: dict[str, Any]
) -> None:
    merged = overlay(file, changed_fields(file, handed_back))
    for name, value in handed_back.items():
        if isinstance(value, dict):
            for inner, each in value.items():
                assert merged[name][inner] == each
        else:
            assert merged[name] == value


def test_nothing_is_kept_of_what_did_not_change_nor_of_the_hidden_setting() -> None:
    file = {"a": 1, "credentials": {"token": "t", "id": "i"}}
    handed_back = {"a": 1, "credentials": {"token": "u", "id": "i"}, "_glue": {"run_id": "1"}}
    [field] = changed_fields(file, handed_back)
    assert field.path == ("credentials", "token")


def test_the_file_wins_again_where_the_user_changed_it() -> None:
    fields = changed_fields({"token": "old", "other": 1}, {"token": "rotated", "other": 2})
    assert overlay({"token": "old", "other": 1}, fields) == {"token": "rotated", "other": 2}
    assert overlay({"token": "new", "other": 1}, fields) == {"token": "new", "other": 2}


def test_an_added_field_is_kept_until_the_file_has_one() -> None:
    fields = changed_fields({}, {"credentials": {"access_token": "x"}})
    assert overlay({}, fields) == {"credentials": {"access_token": "x"}}
    assert overlay({"credentials": {"access_token": "mine"}}, fields) == {
        "credentials": {"access_token": "mine"}
    }


def test_an_access_token_goes_when_the_credentials_around_it_change() -> None:
    file = {"credentials": {"secret": "s", "refresh_token": "r"}}
    fields = changed_fields(
        file, {"credentials": {"secret": "s", "refresh_token": "r2", "access_token": "a"}}
    )
    assert overlay(file, fields)["credentials"]["access_token"] == "a"
    file = {"credentials": {"secret": "t", "refresh_token": "r"}}
    assert overlay(file, fields) == {"credentials": {"secret": "t", "refresh_token": "r2"}}


def test_it_is_encrypted_with_a_key_file_of_its_own(tmp_path: Path) -> None:
    with Database(tmp_path / "glue.db") as database:
        vault = Vault(database, {})
        vault.keep("erp", {"token": "old"}, {"token": "canary-in-the-vault"})
        assert vault.config("erp", {"token": "old"}) == {"token": "canary-in-the-vault"}
        assert vault.config("other", {"token": "old"}) == {"token": "old"}
    assert stat.S_IMODE((tmp_path / "glue.db.key").stat().st_mode) == 0o600
    for path in tmp_path.iterdir():
        assert b"canary-in-the-vault" not in path.read_bytes()


def test_a_key_from_the_environment_and_its_rotation(tmp_path: Path) -> None:
    first, second = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    with Database(tmp_path / "glue.db") as database:
        Vault(database, {KEY_VARIABLE: first}).keep("erp", {}, {"token": "x"})
        rotated = Vault(database, {KEY_VARIABLE: f"{second},{first}"})
        assert rotated.config("erp", {}) == {"token": "x"}
        with pytest.raises(ConfigError, match="cannot be decrypted"):
            Vault(database, {KEY_VARIABLE: second}).config("erp", {})
        with pytest.raises(ConfigError, match="holds no valid key"):
            Vault(database, {KEY_VARIABLE: "nonsense"}).config("erp", {})
    assert not (tmp_path / "glue.db.key").exists()


def test_a_row_moved_to_another_connector_is_refused(tmp_path: Path) -> None:
    with Database(tmp_path / "glue.db") as database:
        vault = Vault(database, {})
        vault.keep("erp", {}, {"token": "x"})
        with database.write() as sql:
            sql.exec_driver_sql("UPDATE secrets SET connector = 'mail'")
        with pytest.raises(ConfigError, match="belongs to another connector"):
            vault.config("mail", {})
