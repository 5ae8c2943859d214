"""What to do when it breaks: runbooks that a person can follow and a runner can run, so that each has been run this week."""
