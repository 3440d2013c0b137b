"""The runner: reads a source, maps, delivers to a destination, and remembers all of it."""
