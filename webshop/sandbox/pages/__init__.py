"""What a person sees: the payment pages and the control panel; and the same by program."""
