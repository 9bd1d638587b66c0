"""HTTP: one module for each group of pages, plus rendering, the cart's cookie, forms and headers."""
