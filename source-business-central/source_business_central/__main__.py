"""`python -m source_business_central`, the same as the console script."""

from source_business_central.run import run

if __name__ == "__main__":
    run()
