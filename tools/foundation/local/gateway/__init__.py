"""What stands in front of ministack's application: admin endpoints, faults, endpoint policies."""
