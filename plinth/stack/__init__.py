"""The stack as data, and its three readers: the recorded program, `pulumi preview --json`, `pulumi stack export`."""

from plinth.stack.model import STACK_TYPE, Operation, Options, Resource, Source, Stack, build_stack
from plinth.stack.values import UNKNOWN, Lookup, Secret, State, Unknown, displayed, has_unknown, lookup, revealed

__all__ = [
    "STACK_TYPE",
    "UNKNOWN",
    "Lookup",
    "Operation",
    "Options",
    "Resource",
    "Secret",
    "Source",
    "Stack",
    "State",
    "Unknown",
    "build_stack",
    "displayed",
    "has_unknown",
    "lookup",
    "revealed",
]
