"""`python -m source_acumatica`, the same as the console script."""

from source_acumatica.run import run

if __name__ == "__main__":
    run()
