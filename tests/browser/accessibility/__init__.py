"""What people need who see little, use no mouse, or want larger letters: WCAG 2.2 AA, in Chromium."""
