"""What runs on the platform: in-cluster objects (a Pulumi project of its own), a trainer and an inference server."""
