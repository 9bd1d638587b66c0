"""The API: calls, their parameters, and the answers."""
