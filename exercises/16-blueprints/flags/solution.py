"""A blueprint behind a setting: its first hook closes it."""

from typing import Any

from step16_blueprints import Blueprint, abort, current_app


class Feature(Blueprint):
    """A blueprint whose pages exist only while a setting of the app is on."""

    def __init__(self, setting: str, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.setting = setting
        # the first one that is registered is the first one that is called
        self.before_request(self.check)

    def check(self) -> None:
        """Raise `NotFound` while the setting is off."""
        if not current_app.config.get(self.setting):
            abort(404)
