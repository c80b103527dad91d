"""JSON with the dates of ISO 8601."""

from datetime import date, time, timedelta
from enum import Enum
from typing import Any

from step14_json.json import JSONProvider


class IsoProvider(JSONProvider):
    """Writes dates, times and durations after ISO 8601; enums and sets too."""

    def default(self, value: Any) -> Any:
        """Give what stands for a value that JSON has no type for."""
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
