"""Where Airbyte's image starts."""  # noqa: INP001 - a script beside the package

from source_acumatica.run import run

if __name__ == "__main__":
    run()
