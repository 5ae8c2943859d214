"""Recommendations: metrics and the bill in, actions out, each replayed against the history before it is shown. No Pulumi here."""

from cost.recommend.engine import recommend
from cost.recommend.inventory import Inventory, InventoryItem, inventory_from_bill
from cost.recommend.metrics_file import Metrics, read_metrics
from cost.recommend.model import NotRecommended, Recommendation, Recommendations
from cost.recommend.settings import Settings, checked_settings

__all__ = [
    "Inventory",
    "InventoryItem",
    "Metrics",
    "NotRecommended",
    "Recommendation",
    "Recommendations",
    "Settings",
    "checked_settings",
    "inventory_from_bill",
    "read_metrics",
    "recommend",
]
