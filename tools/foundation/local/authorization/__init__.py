"""What IAM decides beyond ministack's own enforcement: the organisation, models, keys, endpoints."""
