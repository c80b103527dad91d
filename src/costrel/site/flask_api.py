"""Flask's documented API, name by name, and where ours is.

The names come from the page "API" of Flask's documentation; what its classes have is
read from the installed Flask. What we leave out says why, in `LEFT_OUT`.
"""

import ast
import inspect
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from types import FunctionType
from typing import Any

from costrel.core.ladder import Ladder, Step
from costrel.core.symbols import symbols
from costrel.measure.measuring import framework_files
from costrel.testing.as_flask import STAND_INS, as_flask

# the step after which we look back
LAST = "20"
# heading of the documentation's page -> what it documents there
SECTIONS = {
    "Application Object": ("flask.Flask",),
    "Blueprint Objects": ("flask.Blueprint",),
    "Incoming Request Data": ("flask.Request", "flask.request"),
    "Response Objects": ("flask.Response",),
    "Sessions": ("flask.session",),
    "Session Interface": (
        "flask.sessions.SessionInterface",
        "flask.sessions.SecureCookieSessionInterface",
        "flask.sessions.SecureCookieSession",
        "flask.sessions.NullSession",
        "flask.sessions.SessionMixin",
    ),
    "Test Client": ("flask.testing.FlaskClient",),
    "Test CLI Runner": ("flask.testing.FlaskCliRunner",),
    "Application Globals": ("flask.g", "flask.ctx._AppCtxGlobals"),
    "Useful Functions and Classes": (
        "flask.current_app",
        "flask.has_request_context",
        "flask.copy_current_request_context",
        "flask.has_app_context",
        "flask.url_for",
        "flask.abort",
        "flask.redirect",
        "flask.make_response",
        "flask.after_this_request",
        "flask.send_file",
        "flask.send_from_directory",
    ),
    "Message Flashing": ("flask.flash", "flask.get_flashed_messages"),
    "JSON Support": (
        "flask.json.jsonify",
        "flask.json.dumps",
        "flask.json.dump",
        "flask.json.loads",
        "flask.json.load",
        "flask.json.provider.JSONProvider",
        "flask.json.provider.DefaultJSONProvider",
        "flask.json.tag.TaggedJSONSerializer",
        "flask.json.tag.JSONTag",
    ),
    "Template Rendering": (
        "flask.render_template",
        "flask.render_template_string",
        "flask.stream_template",
        "flask.stream_template_string",
        "flask.get_template_attribute",
    ),
    "Configuration": ("flask.Config",),
    "Stream Helpers": ("flask.stream_with_context",),
    "Useful Internals": (
        "flask.ctx.RequestContext",
        "flask.globals.request_ctx",
        "flask.ctx.AppContext",
        "flask.globals.app_ctx",
        "flask.blueprints.BlueprintSetupState",
    ),
    "Signals": (
        "flask.template_rendered",
        "flask.before_render_template",
        "flask.request_started",
        "flask.request_finished",
        "flask.got_request_exception",
        "flask.request_tearing_down",
        "flask.appcontext_tearing_down",
        "flask.appcontext_pushed",
        "flask.appcontext_popped",
        "flask.message_flashed",
    ),
    "Class-Based Views": ("flask.views.View", "flask.views.MethodView"),
    "Command Line Interface": (
        "flask.cli.FlaskGroup",
        "flask.cli.AppGroup",
        "flask.cli.ScriptInfo",
        "flask.cli.load_dotenv",
        "flask.cli.with_appcontext",
        "flask.cli.pass_script_info",
        "flask.cli.run_command",
        "flask.cli.shell_command",
    ),
}
OWN_REGISTRIES = "a blueprint keeps steps; the only registries are the app's"
CONTEXT = (
    "our one context holds an app, maybe a request, and `g`: the app matches URLs and"
    " keeps the adapters, and the request has the flashed messages"
)
TAGS = (
    "the types of a session's values are a fixed list; for another one, set the session"
    " interface's `serializer` to an object with `dumps` and `loads`"
)
# what we don't have -> why
LEFT_OUT = {
    "flask.Blueprint.after_request_funcs": OWN_REGISTRIES,
    "flask.Blueprint.before_request_funcs": OWN_REGISTRIES,
    "flask.Blueprint.error_handler_spec": OWN_REGISTRIES,
    "flask.Blueprint.teardown_request_funcs": OWN_REGISTRIES,
    "flask.Blueprint.template_context_processors": OWN_REGISTRIES,
    "flask.Blueprint.url_default_functions": OWN_REGISTRIES,
    "flask.Blueprint.url_value_preprocessors": OWN_REGISTRIES,
    "flask.Blueprint.view_functions": OWN_REGISTRIES,
    "flask.Flask.default_config.TRUSTED_HOSTS": "a request class has `trusted_hosts`,"
    " as in Werkzeug; the setting comes with the next step",
    "flask.ctx.AppContext.url_adapter": CONTEXT,
    "flask.ctx.RequestContext.flashes": CONTEXT,
    "flask.ctx.RequestContext.match_request": CONTEXT,
    "flask.ctx.RequestContext.url_adapter": CONTEXT,
    "flask.json.tag.JSONTag": TAGS,
    "flask.json.tag.JSONTag.check": TAGS,
    "flask.json.tag.JSONTag.key": TAGS,
    "flask.json.tag.JSONTag.serializer": TAGS,
    "flask.json.tag.JSONTag.tag": TAGS,
    "flask.json.tag.JSONTag.to_json": TAGS,
    "flask.json.tag.JSONTag.to_python": TAGS,
    "flask.json.tag.TaggedJSONSerializer": TAGS,
    "flask.json.tag.TaggedJSONSerializer.default_tags": TAGS,
    "flask.json.tag.TaggedJSONSerializer.dumps": TAGS,
    "flask.json.tag.TaggedJSONSerializer.loads": TAGS,
    "flask.json.tag.TaggedJSONSerializer.order": TAGS,
    "flask.json.tag.TaggedJSONSerializer.register": TAGS,
    "flask.json.tag.TaggedJSONSerializer.tag": TAGS,
    "flask.json.tag.TaggedJSONSerializer.tags": TAGS,
    "flask.json.tag.TaggedJSONSerializer.untag": TAGS,
    "flask.testing.FlaskClient.preserve_context": "a client's `with` block keeps"
    " contexts, and nothing else sets this",
}
NAMES = tuple(name for names in SECTIONS.values() for name in names)
SETTINGS = "flask.Flask.default_config"


@dataclass(frozen=True, order=True)
class Place:
    """Where something is: since which step, and in which module of ours."""

    step: int
    module: str


def documented() -> list[str]:
    """List the names of Flask's documented API: members and settings, too."""
    listed = []
    for name in NAMES:
        listed += [name, *(f"{name}.{member}" for member in sorted(own_members(name)))]
    return listed + [f"{SETTINGS}.{key}" for key in find(SETTINGS)]


def own_members(name: str) -> Iterator[str]:
    """Yield a class's documented members that it has from no other documented class."""
    found = find(name)
    if isinstance(found, type):
        others = [find(other) for other in NAMES if other != name]
        for member, base in members(found).items():
            if base.__module__.startswith("flask") and base not in others:
                yield member


def find(name: str) -> Any:
    """Return what a dotted name means: what is imported, or a member of it.

    Raises `LookupError` if there is nothing of that name.
    """
    owner, _, last = name.rpartition(".")
    try:
        parent = find(owner) if is_member(name) else import_module(owner)
        return getattr(parent, last)
    except (ImportError, AttributeError):
        raise LookupError(f"there is no {name}") from None


def is_member(name: str) -> bool:
    return owner_of(name) in (*NAMES, SETTINGS)


def members(cls: type) -> dict[str, type]:
    """Map the public names of a class's objects to the class that has them."""
    found: dict[str, type] = {}
    for base in reversed(cls.__mro__):
        names = {*vars(base), *assigned(base)}
        found |= {name: base for name in names if not name.startswith("_")}
    return found


@lru_cache(maxsize=1024)
def assigned(cls: type) -> frozenset[str]:
    """Return the attributes that a class declares, or that its methods assign."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(cls)))
    except (OSError, TypeError):
        # it's written in C
        return frozenset()
    annotated = getattr(cls, "__annotations__", {})
    return frozenset([*annotated, *filter(None, map(attribute, ast.walk(tree)))])


def attribute(node: ast.AST) -> str | None:
    """Return the name of an attribute of `self` that is being assigned, if it is."""
    match node:
        case ast.Attribute(value=ast.Name(id="self"), attr=name, ctx=ast.Store()):
            return name
    return None


def places(ladder: Ladder) -> dict[str, Place]:
    """Find all of the documented names that the step has at which we look back."""
    names = documented()
    since: dict[str, int] = {}
    found: dict[str, dict[str, str]] = {}
    last = ladder.get(LAST)
    for step in reversed(ladder.steps[: last.number]):
        found[step.name] = homes_in(step, names)
        since |= dict.fromkeys(found[step.name], step.number)
    return {name: Place(since[name], home) for name, home in found[last.name].items()}


def homes_in(step: Step, names: list[str]) -> dict[str, str]:
    """Map the names that a step has to its modules."""
    with as_flask(step.name):
        found = {name: home(name, step) for name in names}
    return {name: module for name, module in found.items() if module}


def home(name: str, step: Step) -> str | None:
    """Return the module of a step that has one of Flask's names, or None."""
    owner, last = owner_of(name), shown(name)
    if STAND_INS.keys() & {name, owner}:
        return None
    try:
        if owner == SETTINGS:
            return "config" if last in find(SETTINGS) else None
        if is_member(name):
            base = members(find(owner)).get(last)
            return next(homes_of(base, last, step)) if base else None
        found = find(name)
    except LookupError:
        return None
    return next(homes_of(found, last, step), None)


def homes_of(found: Any, name: str, step: Step) -> Iterator[str]:
    """Yield the modules of a step that something may come from, the likeliest first.

    If it comes from a library, that's the last.
    """
    # a proxy would answer with what it stands for
    asked = isinstance(found, (type, FunctionType))
    package, _, module = (found.__module__ if asked else "").partition(".")
    if package == step.name:
        yield module
    for path in framework_files(step):
        if name in symbols(path.read_text(encoding="utf-8")):
            yield path.stem
    if package:
        yield package


def rows(ladder: Ladder) -> Iterator[str]:
    """Make the table: what Flask documents together, and where that is in ours."""
    yield "| In Flask | Names | Our module | Since step |"
    yield "| --- | --- | --- | ---: |"
    steps = {step.number: step for step in ladder.steps}
    for (heading, place), names in grouped(places(ladder)).items():
        listed = ", ".join(f"`{shown(name)}`" for name in names)
        since = f"[{place.step}]({steps[place.step].slug}.md)"
        yield f"| {heading} | {listed} | `{place.module}` | {since} |"


def grouped(found: dict[str, Place]) -> dict[tuple[str, Place], list[str]]:
    """Put names together that belong together in Flask and in ours."""
    groups: dict[tuple[str, Place], list[str]] = {}
    for section, heads in SECTIONS.items():
        for head in heads:
            own = [name for name in found if name == head or owner_of(name) == head]
            for name in sorted(own, key=lambda name: (found[name], name)):
                heading = f"`{shown(head)}`" if is_class(head) else section
                groups.setdefault((heading, found[name]), []).append(name)
    for name in found:
        if owner_of(name) == SETTINGS:
            groups.setdefault(("Settings", found[name]), []).append(name)
    return groups


def owner_of(name: str) -> str:
    return name.rpartition(".")[0]


def shown(name: str) -> str:
    return name.rpartition(".")[2]


def is_class(name: str) -> bool:
    return shown(name).strip("_")[0].isupper()


def gaps() -> Iterator[str]:
    """Make the table of what we leave out, and why."""
    yield "| Flask's | Why it isn't here |"
    yield "| --- | --- |"
    reasons: dict[str, list[str]] = {}
    for name, reason in LEFT_OUT.items():
        reasons.setdefault(reason, []).append(name.removeprefix("flask."))
    for reason, names in reasons.items():
        listed = ", ".join(f"`{name}`" for name in names)
        yield f"| {listed} | {reason} |"
