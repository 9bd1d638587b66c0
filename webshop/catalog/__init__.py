"""What is sold: products, each in one or more variants."""
