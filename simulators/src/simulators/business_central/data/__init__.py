"""What the companies hold at the start: the wholesaler, generated months, recorded answers."""
