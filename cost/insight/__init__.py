"""What the bill means: analyses as Ibis expressions over the charge table; only small results reach Python."""
