"""JSON with the dates of ISO 8601."""

from datetime import date, time, timedelta
from enum import Enum
from typing import Any

from step14_json.json import JSONProvider


class IsoProvider(JSONProvider):
    """A provider that writes dates, times and durations in ISO 8601, enums and sets."""

    def default(self, value: Any) -> Any:
        """Return what to write for a value whose type JSON doesn't have."""
        # a datetime is a date
        if isinstance(value, (date, time)):
            return value.isoformat()
        if isinstance(value, timedelta):
            return f"PT{value.total_seconds():.15g}S"
        if isinstance(value, Enum):
            return value.value
        if isinstance(value, (set, frozenset)):
            return sorted(value)
        return super().default(value)
