"""What every room's views stand on: whole pages and fragments, forms, signatures, assets, health."""
