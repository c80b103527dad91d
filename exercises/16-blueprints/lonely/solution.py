"""Which blueprints nobody links to, heard from the hook for building URLs."""

from typing import Any

from step16_blueprints import App


class Links:
    """A record of the blueprints that an app builds URLs for."""

    def __init__(self, app: App) -> None:
        self.app = app
        self.endpoints: set[str] = set()
        app.url_defaults(self.note)

    def note(self, endpoint: str, values: dict[str, Any]) -> None:
        self.endpoints.add(endpoint)

    def lonely(self) -> list[str]:
        """Return the sorted full names of the blueprints that no URL was built for."""
        # what doesn't exist has no view
        linked = self.endpoints & self.app.view_functions.keys()
        return sorted(
            name
            for name in self.app.blueprints
            if not any(endpoint.startswith(f"{name}.") for endpoint in linked)
        )
