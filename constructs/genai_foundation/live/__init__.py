"""What is live for a use case, and candidates beside it: the log, AppConfig, the functions that change and watch it."""
