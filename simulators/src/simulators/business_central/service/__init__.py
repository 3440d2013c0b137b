"""The HTTP side: addresses, answers, limits, reads, writes, batches."""
