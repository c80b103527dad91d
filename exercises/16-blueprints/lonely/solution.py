"""Which blueprints nobody links to, heard from the hook for building URLs."""

from typing import Any

from step16_blueprints import App


class Links:
    """Notes to which blueprints an app builds URLs."""

    def __init__(self, app: App) -> None:
        self.app = app
        self.endpoints: set[str] = set()
        app.url_defaults(self.note)

    def note(self, endpoint: str, values: dict[str, Any]) -> None:
        self.endpoints.add(endpoint)

    def lonely(self) -> list[str]:
        """Return the full names of the blueprints to which no URL was built, sorted."""
        # what doesn't exist has no view
        linked = self.endpoints & self.app.view_functions.keys()
        return sorted(
            name
            for name in self.app.blueprints
            if not any(endpoint.startswith(f"{name}.") for endpoint in linked)
        )
