"""Records as they are kept, changed and found again."""
