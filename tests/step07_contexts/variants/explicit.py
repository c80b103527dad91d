"""A road not taken: each view is handed the request, as in Django and Pyramid."""

from step07_contexts import App as StepApp
from step07_contexts import Request, Response

__all__ = ["App", "Request", "Response"]


class App(StepApp):
    """An app whose views get the request as their first argument."""

    def route(self, rule, **options):
        def register(view):
            def view_without_request(**values):
                return Request.application(lambda request: view(request, **values))

            self.add_url_rule(rule, view.__name__, view_without_request, **options)
            return view

        return register
