"""The same flow over answers that a real Acumatica instance gave."""

from __future__ import annotations

from pathlib import Path

from demo.erps import Acumatica
from demo.world import secrets, write_connections_file
from simulators.acumatica import AcumaticaSimulator
from simulators.mailchimp import MailchimpSimulator
from tests.acceptance.conftest import CONNECTION, World


def test_recorded_answers_flow_into_mailchimp(contracts_dir: Path, tmp_path: Path) -> None:
    with (
        AcumaticaSimulator.from_recorded(contracts_dir) as erp,
        MailchimpSimulator() as mailchimp,
    ):
        office = Acumatica(erp)
        path = write_connections_file(tmp_path / "recorded", office, mailchimp)
        world = World(office, mailchimp, path, secrets(office))
        world.configure("acumatica", endpoint_version="20.200.001")
        world.approves()
        world.succeeds("run", CONNECTION)

        products = {product["id"]: product for product in mailchimp.products()}
        assert products["#12-796524"]["title"] == "Inverter Blower"
        customers_seen = world.succeeds("explain", "C1001")
        assert "National Power" not in mailchimp.notifications
        assert "no_email" in customers_seen.text, "the recorded customer has no address"
