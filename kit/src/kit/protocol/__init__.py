"""The one seam between the runner and every connector: Airbyte messages as JSON lines.

This room knows how a message looks, how an outcome is reported, which reasons exist, how keys
are made, and how a connector is started and talked to. It needs neither the CDK nor a network.
"""
