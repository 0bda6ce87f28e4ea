"""`foundation demo`: the whole platform on the local target, from configuration to answered requests."""
