"""AppConfig: what its validators decide, what a session may ask, whom IAM lets do which of it."""
