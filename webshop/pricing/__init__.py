"""What things cost: money, tax and shipping, as arithmetic in minor units."""
