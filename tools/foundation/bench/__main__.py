"""Entry of `python -m foundation.bench`."""

from foundation.bench.cli import app

if __name__ == "__main__":
    app()
