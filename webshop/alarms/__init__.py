"""What needs a person: alarms, kept until somebody has seen to them."""
