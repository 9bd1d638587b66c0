"""Moving in from other shops."""
