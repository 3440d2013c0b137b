"""Getting and keeping a token."""
