"""Where Airbyte's image starts."""  # noqa: INP001 - a script beside the package

from source_business_central.run import run

if __name__ == "__main__":
    run()
