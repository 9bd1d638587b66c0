"""The command line: python -m webshop."""
