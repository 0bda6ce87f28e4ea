"""The local AWS target: ministack in its own process, extended by a thin launcher."""
