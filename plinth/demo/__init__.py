"""`plinth demo`: the whole house walked through once, for one environment, on the local AWS and a generated bill."""
