"""Rows, tables with a lagging replica, and the companies that hold them."""
