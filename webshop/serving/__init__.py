"""Processes that serve, from the open port to the last answer."""
