"""What the owner does: looks through orders, sends them, gives money back, exports, forgets, goes live."""
