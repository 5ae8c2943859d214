"""What a change costs, before it is made.

`estimate(stack)` gives the Estimate; `load_price_book` and `load_usage` read what a user brings; `compare` sets two estimates side by side.
"""

from cost.estimate.compare import compare, read_earlier
from cost.estimate.engine import estimate
from cost.estimate.model import Estimate
from cost.estimate.presets import Preset
from cost.estimate.prices import PriceBook, load_price_book
from cost.estimate.usage import Usage, load_usage

__all__ = ["Estimate", "Preset", "PriceBook", "Usage", "compare", "estimate", "load_price_book", "load_usage", "read_earlier"]
