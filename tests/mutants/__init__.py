"""Small changes of the shop's modules, one at a time, and whether the nearest tests notice."""
