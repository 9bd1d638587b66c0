"""The pictures of what moves in: which are there, and fetching those that are not."""
