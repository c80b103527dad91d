"""What an app and a blueprint have in common: routes, and a folder with their files.

The hooks that both have, too, are in `hooks`; what only an app does with rules is in
`urls`, and what only a blueprint does in `blueprints`.
"""

from abc import abstractmethod
from collections.abc import Callable, Iterable
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import IO, Any, TypeVar

from jinja2 import BaseLoader, FileSystemLoader

from .ctx import current_app
from .errors import ErrorHandlers
from .hooks import Hooks, setup
from .paths import find_public_folder, find_root_path, open_file
from .routing import name_in
from .script import AppGroup
from .static import PathLike, send_from_directory
from .wrappers import Response

ViewFunction = Callable[..., Any]
ViewT = TypeVar("ViewT", bound=ViewFunction)


class Scaffold(Hooks, ErrorHandlers):
    """What a module needs to answer requests: an app, or a blueprint for its part."""

    def __init__(
        self,
        import_name: str,
        static_folder: PathLike | None = None,
        static_url_path: str | None = None,
        template_folder: PathLike | None = None,
        root_path: str | None = None,
    ) -> None:
        """Find the files next to the module `import_name`, or in `root_path`.

        Raises `ValueError` if the module's own code is in the static folder.
        """
        self.import_name = import_name
        self.root_path = root_path or find_root_path(import_name)
        # the commands: `@app.cli.command("name")`
        self.cli = AppGroup()
        # relative to root_path
        self.template_folder = template_folder
        # the folder of static files, and what their URLs begin with
        self.static_folder: str | None = None
        self.static_url_path = static_url_path
        if static_folder is not None:
            home = find_public_folder(self.root_path, static_folder)
            path = f"/{home.name}" if static_url_path is None else static_url_path
            self.static_folder, self.static_url_path = str(home), path.rstrip("/")

    @abstractmethod
    def add_url_rule(
        self,
        rule: str,
        endpoint: str | None = None,
        view_func: ViewFunction | None = None,
        provide_automatic_options: bool | None = None,
        *,
        methods: Iterable[str] | None = None,
        **options: Any,
    ) -> None:
        """Register `view_func` as the view of `rule`, under the name `endpoint`.

        Other options are those of Werkzeug's `Rule`. Raises `ValueError` if there
        is neither an endpoint nor a view, or if the endpoint has another view.
        """

    def route(
        self, rule: str, endpoint: str | None = None, **options: Any
    ) -> Callable[[ViewT], ViewT]:
        """Register the decorated function as the view of `rule`."""

        def register(view: ViewT) -> ViewT:
            self.add_url_rule(rule, endpoint, view, **options)
            return view

        return register

    def get(self, rule: str, **options: Any) -> Callable[[ViewT], ViewT]:
        """Shortcut for `route` with `methods=["GET"]`."""
        return self.route(rule, methods=["GET"], **options)

    def post(self, rule: str, **options: Any) -> Callable[[ViewT], ViewT]:
        """Shortcut for `route` with `methods=["POST"]`."""
        return self.route(rule, methods=["POST"], **options)

    def put(self, rule: str, **options: Any) -> Callable[[ViewT], ViewT]:
        """Shortcut for `route` with `methods=["PUT"]`."""
        return self.route(rule, methods=["PUT"], **options)

    def patch(self, rule: str, **options: Any) -> Callable[[ViewT], ViewT]:
        """Shortcut for `route` with `methods=["PATCH"]`."""
        return self.route(rule, methods=["PATCH"], **options)

    def delete(self, rule: str, **options: Any) -> Callable[[ViewT], ViewT]:
        """Shortcut for `route` with `methods=["DELETE"]`."""
        return self.route(rule, methods=["DELETE"], **options)

    @setup
    def endpoint(self, endpoint: str) -> Callable[[ViewT], ViewT]:
        """Register the decorated function as the view of an endpoint's rules."""

        def register(view: ViewT) -> ViewT:
            self.apply(lambda app, scope: app.set_view(name_in(scope, endpoint), view))
            return view

        return register

    @property
    def has_static_folder(self) -> bool:
        """Whether there is a folder of static files."""
        return self.static_folder is not None

    def get_send_file_max_age(self, filename: str | None) -> int | None:
        """Return how many seconds a browser may keep a file without asking again.

        None makes it ask each time, which costs a request but no transfer. `filename`
        is a static file's name in the URL, or the path given to `send_file`.
        """
        config = current_app.config
        lifetime: timedelta | int | None = config["SEND_FILE_MAX_AGE_DEFAULT"]
        if isinstance(lifetime, timedelta):
            return int(lifetime.total_seconds())
        return lifetime

    def send_static_file(self, filename: str) -> Response:
        """Return a response with a file from the static folder: the view of `static`.

        Raises `NotFound` if it isn't there, `RuntimeError` without a static folder.
        """
        if self.static_folder is None:
            raise RuntimeError(f"{self!r} was made with static_folder=None")
        max_age = self.get_send_file_max_age(filename)
        return send_from_directory(self.static_folder, filename, max_age=max_age)

    @cached_property
    def jinja_loader(self) -> BaseLoader | None:
        """What loads the templates in the template folder; None without one."""
        if self.template_folder is None:
            return None
        return FileSystemLoader(Path(self.root_path, self.template_folder))

    def open_resource(
        self, resource: str, mode: str = "rb", encoding: str = "utf-8"
    ) -> IO[Any]:
        """Open a file that came with the code, in `root_path`.

        Raises `ValueError` for a mode that is not for reading.
        """
        if mode not in ("r", "rt", "rb"):
            raise ValueError(
                f"mode is {mode!r}, but resources are read-only: use 'r' or 'rb'"
            )
        return open_file(self.root_path, resource, mode, encoding)


def default_endpoint(rule: str, view: ViewFunction | None) -> str:
    """Name an endpoint after its view."""
    if view is None:
        raise ValueError(f"rule {rule!r} has neither an endpoint nor a view: give one")
    return view.__name__
