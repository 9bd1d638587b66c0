"""What is wrong with a shop that is to take real money, and how each thing is cured."""
