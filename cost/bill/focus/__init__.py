"""FOCUS in and out: the FinOps Open Cost and Usage Specification read from files into the charge table, and the charge table written as FOCUS 1.2."""
