"""Who may ask, and how much: sign-in, seats, rights, license, faults."""
