"""A stand-in for the repository host's API, where there is none: tests and the demo."""
