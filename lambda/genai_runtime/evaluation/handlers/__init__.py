"""Lambda functions of the evaluation pipeline, one module each; the state machine in between moves only names."""
