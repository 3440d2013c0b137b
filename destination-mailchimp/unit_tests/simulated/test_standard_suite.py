"""Airbyte's own standard tests for destinations, against the simulator."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from airbyte_cdk.models import (  # type: ignore[attr-defined]  # the CDK re-exports them unsaid
    AirbyteMessageSerializer,
    SyncMode,
    Type,
)
from airbyte_cdk.test.catalog_builder import CatalogBuilder

import destination_mailchimp
from simulators.mailchimp import MailchimpSimulator

CONNECTOR = Path(__file__).parents[2]
SUITE = """
import pytest
from airbyte_cdk.test.standard_tests import DestinationTestSuiteBase
from airbyte_cdk.test.standard_tests.pytest_hooks import pytest_generate_tests

class TestSuite(DestinationTestSuiteBase):
    @classmethod
    def get_connector_root_dir(cls):
        import pathlib
        return pathlib.Path(__file__).parent
"""


@pytest.fixture
def folder(mc: MailchimpSimulator, tmp_path: Path) -> Path:
    """A copy of the connector's folder whose configs point at the simulator."""
    folder = tmp_path / "destination-mailchimp"
    shutil.copytree(CONNECTOR, folder, ignore=shutil.ignore_patterns("unit_tests", "__pycache__"))
    for path in (folder / "integration_tests").glob("*config.json"):
        config = json.loads(path.read_text())
        path.write_text(json.dumps(config | {"base_url": f"{mc.url}/3.0"}))
    (folder / "test_standard.py").write_text(SUITE)
    return folder


@pytest.mark.slow
def test_the_standard_suite_passes(folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-m", "not image_tests", "-p", "no:cacheprovider", "-q", "test_standard.py"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout
    assert "failed" not in done.stdout


def test_the_class_of_the_cdk_writes_through_the_same_loop(mc: MailchimpSimulator) -> None:
    config = json.loads((CONNECTOR / "integration_tests/config.json").read_text())
    config["base_url"] = f"{mc.url}/3.0"
    connector = destination_mailchimp.DestinationMailchimp()
    assert connector.spec(None).connectionSpecification["required"][0] == "credentials"  # type: ignore[arg-type]  # the CDK does not use the logger
    lines = [
        {"type": "RECORD", "record": {"stream": "members", "emitted_at": 1, "data": {"email_address": "a@shop.test", "consent": "granted"}}},
        {"type": "STATE", "state": {"type": "STREAM", "stream": {"stream_descriptor": {"name": "members"}, "stream_state": {}}}},
    ]  # fmt: skip
    catalog = CatalogBuilder().with_stream("members", SyncMode.incremental).build()
    answers = list(connector.write(config, catalog, map(AirbyteMessageSerializer.load, lines)))
    assert [answer.type for answer in answers].count(Type.STATE) == 1
    assert mc.member("a@shop.test") is not None


def test_an_unknown_name_of_the_package() -> None:
    with pytest.raises(AttributeError, match="Nothing"):
        _ = destination_mailchimp.Nothing


def test_the_program_needs_no_cdk() -> None:
    code = "import sys, destination_mailchimp.run; sys.exit('airbyte_cdk' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_version_and_licence_are_told_once() -> None:
    metadata = yaml.safe_load((CONNECTOR / "metadata.yaml").read_text())["data"]
    project = (CONNECTOR / "pyproject.toml").read_text()
    assert f'version = "{metadata["dockerImageTag"]}"' in project
    assert f'license = "{metadata["license"]}"' in project
    docs = CONNECTOR.parent / "docs/integrations/destinations/mailchimp.md"
    assert f"| {metadata['dockerImageTag']} |" in docs.read_text()
