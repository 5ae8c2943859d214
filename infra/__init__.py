"""What `pulumi up` builds on AWS: one component a file; `platform.py` is the table of contents."""
