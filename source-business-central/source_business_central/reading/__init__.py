"""Companies, pages and rows: how a stream is read."""
