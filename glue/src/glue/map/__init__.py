"""Maps the source rows that are due into parts of destination objects."""

from glue.map.stage import map_rows

__all__ = ["map_rows"]
