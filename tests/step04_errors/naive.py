"""The page that shows everything: the visitor sees whatever failed."""

import traceback

from step03_routing import App as BareApp
from step03_routing import Response


class App(BareApp):
    def wsgi_app(self, environ, start_response):
        try:
            return super().wsgi_app(environ, start_response)
        except Exception:
            page = f"<h1>Error</h1><pre>{traceback.format_exc()}</pre>"
            return Response(page, 500)(environ, start_response)
