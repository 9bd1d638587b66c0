"""What the shop is compared with: servers of their own that do the least."""
