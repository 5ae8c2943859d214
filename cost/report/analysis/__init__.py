"""The report's analyses: Ibis expressions over the charge table; only small results reach Python."""
