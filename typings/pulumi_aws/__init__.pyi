# The real package's types take gigabytes to check (facts: pulumi#6837), so to the type checker all of it is Any.
from typing import Any

def __getattr__(name: str) -> Any: ...
