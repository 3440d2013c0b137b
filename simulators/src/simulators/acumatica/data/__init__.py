"""Where records come from at the start."""
