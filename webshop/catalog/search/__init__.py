"""Finding products by words, codes, and what people type instead of them."""
