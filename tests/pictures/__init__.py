"""Originals, and what is made of them."""
