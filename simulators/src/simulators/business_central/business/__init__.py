"""What the base application does: document amounts, the life of documents, linked records."""
