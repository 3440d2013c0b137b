"""Benchmarks: each prints a ratio to a bound that was measured in the same run."""
