"""Signing in: what a token is asked for with, and the one token of a process."""
