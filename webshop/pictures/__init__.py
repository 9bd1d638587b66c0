"""Pictures of products: the owner's originals, and what browsers get of them."""
