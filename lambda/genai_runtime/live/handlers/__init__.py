"""Lambda functions of what is live."""
