"""Which companies are read, and the local currency of each."""
