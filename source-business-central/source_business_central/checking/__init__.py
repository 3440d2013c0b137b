"""The connection check, and which streams a version serves."""
