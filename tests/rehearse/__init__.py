"""A deploy of the shop on this machine, as a platform would do it, while people buy: real processes."""
