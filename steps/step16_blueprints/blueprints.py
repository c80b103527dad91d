"""Blueprints: parts of an app that are written without it, and registered on it.

What a blueprint shares with an app is in `scaffold`, `hooks` and `errors`.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import update_wrapper, wraps
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar, cast

from .errors import ErrorHandlers
from .hooks import Hooks, Step, setup
from .paths import find_public_folder
from .routing import name_in
from .scaffold import Scaffold, ViewFunction, default_endpoint
from .static import PathLike
from .templating import TemplateNames

if TYPE_CHECKING:
    # for types alone: a blueprint meets its app when it's registered
    from .app import App

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


class WholeApp(Hooks, ErrorHandlers, TemplateNames):
    """A stand-in for the app that a blueprint will be part of."""

    def __init__(self, blueprint: "Blueprint") -> None:
        self.blueprint = blueprint

    def apply(self, step: Step) -> None:
        """Record a step to take once per app, under however many names."""
        self.blueprint.record_once(lambda state: step(state.app, None))

    def check_setup(self, method: str) -> None:
        """Raise `RuntimeError` once the blueprint is registered."""
        self.blueprint.check_setup(f"{method} for the whole app")


def for_app(
    method: Callable[Concatenate[Any, Arguments], Result],
) -> Callable[Concatenate["Blueprint", Arguments], Result]:
    """Return a set-up method that works on a blueprint's whole app."""

    @wraps(method)
    def set_up(
        blueprint: "Blueprint",
        /,
        *arguments: Arguments.args,
        **options: Arguments.kwargs,
    ) -> Result:
        return method(WholeApp(blueprint), *arguments, **options)

    return set_up


class BlueprintSetupState:
    """One registration of a blueprint: what its recorded functions are called with."""

    def __init__(
        self,
        blueprint: "Blueprint",
        app: "App",
        options: Mapping[str, Any],
        first_registration: bool,
    ) -> None:
        """Choose between the blueprint's own settings and the registration's options.

        Raises `ValueError` for a name or a prefix that can't be used.
        """
        self.app = app
        self.blueprint = blueprint
        self.options = options
        # whether this is the first time on this app
        self.first_registration = first_registration
        self.name: str = checked_name(options.get("name", blueprint.name))
        # the full name of the blueprint around it
        self.name_prefix: str = options.get("name_prefix", "")
        self.subdomain = first_given(options.get("subdomain"), blueprint.subdomain)
        self.url_prefix = first_given(options.get("url_prefix"), blueprint.url_prefix)
        if self.url_prefix and not self.url_prefix.startswith("/"):
            raise ValueError(
                f"the url_prefix of {blueprint!r} is {self.url_prefix!r}: begin it with"
                f" a slash, as in {'/' + self.url_prefix!r}"
            )
        # values for the views of all rules
        self.url_defaults = {
            **blueprint.url_values_defaults,
            **options.get("url_defaults", {}),
        }

    @property
    def full_name(self) -> str:
        """The name by which the app knows the blueprint, such as "shop.cart"."""
        return name_in(self.name_prefix, self.name)

    def add_url_rule(
        self,
        rule: str,
        endpoint: str | None = None,
        view_func: ViewFunction | None = None,
        **options: Any,
    ) -> None:
        """Register a rule on the app, with what this registration adds to it."""
        if endpoint is None:
            endpoint = default_endpoint(rule, view_func)
        options.setdefault("subdomain", self.subdomain)
        options["defaults"] = {**self.url_defaults, **(options.get("defaults") or {})}
        self.app.add_url_rule(
            join_paths(self.url_prefix, rule),
            name_in(self.full_name, endpoint),
            view_func,
            **options,
        )

    def options_for(
        self, blueprint: "Blueprint", options: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Return the options for registering a blueprint inside this one."""
        prefix = first_given(options.get("url_prefix"), blueprint.url_prefix)
        subdomain = first_given(options.get("subdomain"), blueprint.subdomain)
        inside = [name for name in (subdomain, self.subdomain) if name is not None]
        return {
            **options,
            "name_prefix": self.full_name,
            "url_prefix": join_paths(self.url_prefix, prefix or ""),
            "subdomain": ".".join(inside) or None,
        }


class Blueprint(Scaffold):
    """A part of an app: it records how to set the app up, until it's registered."""

    # whether it was registered, after which nothing more can be recorded
    is_registered = False

    def __init__(
        self,
        name: str,
        import_name: str,
        static_folder: PathLike | None = None,
        static_url_path: str | None = None,
        template_folder: PathLike | None = None,
        url_prefix: str | None = None,
        subdomain: str | None = None,
        url_defaults: dict[str, Any] | None = None,
        root_path: str | None = None,
    ) -> None:
        """Make a blueprint whose files are next to the module `import_name`.

        The prefix begins all of its URLs, and the defaults are values for all of its
        views. Raises `ValueError` if the name is empty or has a dot in it.
        """
        super().__init__(
            import_name, static_folder, static_url_path, template_folder, root_path
        )
        self.name = checked_name(name)
        self.url_prefix = url_prefix
        self.subdomain = subdomain
        self.url_values_defaults = url_defaults or {}
        # called at each registration, with its state
        self.deferred_functions: list[Callable[[BlueprintSetupState], object]] = []
        # the blueprints inside this one, and the options for registering them
        self.nested: list[tuple[Blueprint, dict[str, Any]]] = []

    def __repr__(self) -> str:
        return f"<Blueprint {self.name!r}>"

    # set up the whole app, as its own methods do
    before_app_request = for_app(Hooks.before_request)
    after_app_request = for_app(Hooks.after_request)
    teardown_app_request = for_app(Hooks.teardown_request)
    app_context_processor = for_app(Hooks.context_processor)
    app_url_defaults = for_app(Hooks.url_defaults)
    app_url_value_preprocessor = for_app(Hooks.url_value_preprocessor)
    app_errorhandler = for_app(ErrorHandlers.errorhandler)
    app_template_filter = for_app(TemplateNames.template_filter)
    app_template_test = for_app(TemplateNames.template_test)
    app_template_global = for_app(TemplateNames.template_global)
    add_app_template_filter = for_app(TemplateNames.add_template_filter)
    add_app_template_test = for_app(TemplateNames.add_template_test)
    add_app_template_global = for_app(TemplateNames.add_template_global)

    @setup
    def record(self, func: Callable[[BlueprintSetupState], object]) -> None:
        """Record a function to call with the state of each registration."""
        self.deferred_functions.append(func)

    def record_once(self, func: Callable[[BlueprintSetupState], object]) -> None:
        """Record a function to call at the first registration on each app."""

        def only_first(state: BlueprintSetupState) -> None:
            if state.first_registration:
                func(state)

        self.record(update_wrapper(only_first, func))

    def apply(self, step: Step) -> None:
        """Record a set-up step for the requests of this blueprint."""
        self.record(lambda state: step(state.app, state.full_name))

    def check_setup(self, method: str) -> None:
        """Raise `RuntimeError` once this blueprint is registered."""
        if self.is_registered:
            raise RuntimeError(
                f"{method} can't be called after {self!r} was registered: the app was"
                " set up without it; call it before `register_blueprint`"
            )

    @setup
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

        The app will know the endpoint by its full name, such as "shop.cart". Raises
        `ValueError` if there is neither an endpoint nor a view.
        """
        endpoint = checked_name(endpoint or default_endpoint(rule, view_func))
        options.update(
            provide_automatic_options=provide_automatic_options, methods=methods
        )
        self.record(
            lambda state: state.add_url_rule(rule, endpoint, view_func, **options)
        )

    @setup
    def register_blueprint(self, blueprint: "Blueprint", **options: Any) -> None:
        """Make a blueprint a part of this one: see `App.register_blueprint`.

        Its URLs begin with this one's prefix, its names with this one's name. Raises
        `ValueError` if this blueprint is itself inside that one.
        """
        if blueprint.contains(self):
            raise ValueError(f"{self!r} can't be registered inside itself")
        self.nested.append((blueprint, options))

    def contains(self, blueprint: "Blueprint") -> bool:
        """Return whether a blueprint is this one, or inside of it."""
        return self is blueprint or any(
            inner.contains(blueprint) for inner, _ in self.nested
        )

    def make_setup_state(
        self, app: "App", options: Mapping[str, Any], first_registration: bool = False
    ) -> BlueprintSetupState:
        """Return the state of a registration; a subclass may have its own."""
        return BlueprintSetupState(self, app, options, first_registration)

    def register(self, app: "App", options: Mapping[str, Any]) -> None:
        """Set the app up with all that was recorded, then with the nested blueprints.

        Raises `ValueError` if the app knows another registration by that name.
        """
        first = not any(known is self for known in app.iter_blueprints())
        state = self.make_setup_state(app, options, first)
        if state.full_name in app.blueprints:
            raise ValueError(
                f"the app has a blueprint {state.full_name!r} already: register"
                f" {self!r} under another name, as in name='another'"
            )
        app.blueprints[state.full_name] = self
        self.is_registered = True
        if self.has_static_folder:
            self.serve_static(state)
        for function in self.deferred_functions:
            function(state)
        for blueprint, own_options in self.nested:
            blueprint.register(app, state.options_for(blueprint, own_options))

    def serve_static(self, state: BlueprintSetupState) -> None:
        """Add the route "NAME.static" for the files of the static folder.

        Raises `ValueError` if the app's code is in that folder.
        """
        find_public_folder(state.app.root_path, cast(str, self.static_folder))
        rule = f"{self.static_url_path}/<path:filename>"
        state.add_url_rule(rule, "static", self.send_static_file)


def checked_name(name: str) -> str:
    """Return the name of a blueprint or an endpoint, if it's a usable one."""
    if not name or "." in name:
        raise ValueError(
            f"{name!r} can't be the name of a blueprint, or of an endpoint in one: it"
            " must not be empty, and dots are for what is inside a blueprint"
        )
    return name


def first_given(*values: str | None) -> str | None:
    """Return the first value that isn't None."""
    return next((value for value in values if value is not None), None)


def join_paths(prefix: str | None, path: str) -> str:
    """Return the path below a prefix, with one slash between the two."""
    if not prefix or not path:
        return prefix or path
    return f"{prefix.rstrip('/')}/{path.lstrip('/')}"
