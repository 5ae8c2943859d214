"""The same work on something else: what a pool or an endpoint would cost on other types, Spot, Graviton, serverless, fewer, or fewer hours."""

from cost.alternatives.engine import alternatives
from cost.alternatives.model import Alternatives

__all__ = ["Alternatives", "alternatives"]
