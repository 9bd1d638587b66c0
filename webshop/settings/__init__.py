"""The environment: what it may say, what that means, and everything that is wrong with it at once."""
