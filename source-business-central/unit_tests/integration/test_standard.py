"""The CDK's standard test suite at its highest strictness, against a simulated instance."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from simulators.business_central import BusinessCentralSimulator

FOLDER = Path(__file__).resolve().parents[2]


@pytest.mark.slow
def test_the_standard_suite_passes(
    erp: BusinessCentralSimulator, make_config: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    connector = tmp_path / "source-business-central"
    shutil.copytree(FOLDER / "integration_tests", connector / "integration_tests")
    for name in ("metadata.yaml", "acceptance-test-config.yml"):
        shutil.copy(FOLDER / name, connector / name)
    config = make_config(erp)
    (connector / "secrets").mkdir()
    (connector / "secrets" / "config.json").write_text(json.dumps(config))
    done = subprocess.run(
        [
            str(Path(sys.executable).with_name("airbyte-cdk")),
            "connector",
            "test",
            str(connector),
            "--pytest-arg=-m",
            "--pytest-arg=not image_tests",
            "--pytest-arg=-W",
            "--pytest-arg=error::airbyte_cdk.test.standard_tests.DiscoveredCatalogWarning",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:]
    assert " passed" in done.stdout
    assert "failed" not in done.stdout.splitlines()[-1]


def test_the_versions_agree() -> None:
    metadata = yaml.safe_load((FOLDER / "metadata.yaml").read_text())["data"]
    project = (FOLDER / "pyproject.toml").read_text()
    image = (FOLDER / "Dockerfile").read_text()
    page = (
        FOLDER.parent / "docs/integrations/sources/dynamics-365-business-central.md"
    ).read_text()
    version = metadata["dockerImageTag"]
    assert f'version = "{version}"' in project
    assert f"io.airbyte.version={version}" in image
    assert f"| {version} |" in page
    assert metadata["connectorBuildOptions"]["baseImage"] in image


def test_the_page_names_every_setting_and_stream() -> None:
    manifest = yaml.safe_load((FOLDER / "source_business_central/manifest.yaml").read_text())
    page = (
        FOLDER.parent / "docs/integrations/sources/dynamics-365-business-central.md"
    ).read_text()
    for setting in manifest["spec"]["connection_specification"]["properties"].values():
        assert setting["title"] in page, setting["title"]
    for stream in manifest["streams"]:
        assert f"`{stream['name']}`" in page
