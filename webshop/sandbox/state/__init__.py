"""What the sandbox keeps, and what everything else there stands on."""
