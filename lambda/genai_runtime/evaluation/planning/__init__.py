"""What a run asks, in which order and in which parts: the suite's files, sample, looks and batches."""
