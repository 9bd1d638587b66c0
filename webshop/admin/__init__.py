"""What the owner does with orders: looks through them, sends them, gives money back, exports; goes live."""
