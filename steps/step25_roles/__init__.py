"""The public names, in the order of the book."""

from . import json
from .app import App, Flask
from .blueprints import Blueprint
from .cli import CommandLine
from .config import Config
from .ctx import (
    after_this_request,
    app_ctx,
    copy_current_request_context,
    current_app,
    g,
    has_app_context,
    has_request_context,
    request,
    request_ctx,
    session,
    stream_with_context,
)
from .environment import load_dotenv
from .helpers import (
    abort,
    check_if_match,
    flash,
    get_flashed_messages,
    is_local_url,
    make_response,
    redirect,
    url_for,
)
from .json import jsonify
from .logging import default_handler, wsgi_errors_stream
from .script import AppGroup, ScriptInfo, pass_script_info, with_appcontext
from .signals import (
    appcontext_popped,
    appcontext_pushed,
    appcontext_tearing_down,
    before_render_template,
    got_request_exception,
    message_flashed,
    request_finished,
    request_started,
    request_tearing_down,
    template_rendered,
)
from .static import send_file, send_from_directory
from .templating import (
    get_template_attribute,
    render_template,
    render_template_string,
    stream_template,
    stream_template_string,
)
from .testing import AppClient, AppCliRunner
from .uploads import save_upload, send_upload
from .views import MethodView, View
from .wrappers import Request, Response

__all__ = [
    "App",
    "AppCliRunner",
    "AppClient",
    "AppGroup",
    "Blueprint",
    "CommandLine",
    "Config",
    "Flask",
    "MethodView",
    "Request",
    "Response",
    "ScriptInfo",
    "View",
    "abort",
    "after_this_request",
    "app_ctx",
    "appcontext_popped",
    "appcontext_pushed",
    "appcontext_tearing_down",
    "before_render_template",
    "check_if_match",
    "copy_current_request_context",
    "current_app",
    "default_handler",
    "flash",
    "g",
    "get_flashed_messages",
    "get_template_attribute",
    "got_request_exception",
    "has_app_context",
    "has_request_context",
    "is_local_url",
    "json",
    "jsonify",
    "load_dotenv",
    "make_response",
    "message_flashed",
    "pass_script_info",
    "redirect",
    "render_template",
    "render_template_string",
    "request",
    "request_ctx",
    "request_finished",
    "request_started",
    "request_tearing_down",
    "save_upload",
    "send_file",
    "send_from_directory",
    "send_upload",
    "session",
    "stream_template",
    "stream_template_string",
    "stream_with_context",
    "template_rendered",
    "url_for",
    "with_appcontext",
    "wsgi_errors_stream",
]
