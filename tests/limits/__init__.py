"""How often anybody may do what costs the shop or others something."""
