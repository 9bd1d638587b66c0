"""What grows with the catalogue: make scale."""
