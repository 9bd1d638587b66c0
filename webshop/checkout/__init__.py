"""From a cart to a paid order: the one place where cart, orders, payments and mail meet."""
