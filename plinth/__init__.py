"""The desk: command line, the stack as data, the local AWS and the demo."""

__version__ = "0.1.0"
