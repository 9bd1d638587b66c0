"""Orders: what was agreed, the state it is in, and the pieces it holds."""
