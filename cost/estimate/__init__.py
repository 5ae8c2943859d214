"""What a change costs, before it is made."""
