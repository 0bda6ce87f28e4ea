"""Lambda functions of the release pipeline in the shared account, one module each."""
