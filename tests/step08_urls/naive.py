"""The naive URLs: filled in by hand, and believed when they come back."""

import re
from urllib.parse import urlsplit

from step07_contexts import App as Step7App
from step07_contexts import current_app, request
from werkzeug.utils import redirect

__all__ = ["App", "is_local_url", "redirect", "request", "url_for"]


class App(Step7App):
    """The app of step 7, which writes values where its rules have brackets."""

    def url_for(self, endpoint, **values):
        rules = {rule.endpoint: rule.rule for rule in self.url_map.iter_rules()}
        return re.sub(
            r"<(?:\w+:)?(\w+)>", lambda match: str(values[match[1]]), rules[endpoint]
        )


def url_for(endpoint, **values):
    return current_app.url_for(endpoint, **values)


def is_local_url(url):
    return not urlsplit(url).netloc
