"""Products in lists: categories, filters, sorting, the home page."""
