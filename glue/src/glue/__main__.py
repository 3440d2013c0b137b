"""Starts the command with `python -m glue`."""

from glue.cli import main

if __name__ == "__main__":
    main()
