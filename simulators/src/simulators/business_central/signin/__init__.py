"""Who may ask, and for what: Entra tokens, web-service keys, rights inside Business Central."""
