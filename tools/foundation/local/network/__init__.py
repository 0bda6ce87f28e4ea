"""The network of functions in a VPC: which endpoint a call takes, and what its policy says."""
