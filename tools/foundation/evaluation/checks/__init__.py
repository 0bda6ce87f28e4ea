"""The parts of `foundation.evaluation.check`, one topic each."""
