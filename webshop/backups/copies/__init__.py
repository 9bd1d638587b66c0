"""Copies of a database: their names, how they are made, where they are and how long they are kept."""
