"""The exercise `guards`: rules that a guard doesn't protect."""

import pytest
from exercise import unguarded
from step16_blueprints import App, Blueprint, abort


def guard():
    abort(401)


def other():
    return None


@pytest.fixture
def app():
    app = App("wren", static_folder=None)
    app.add_url_rule("/", "index", lambda: "wren")
    return app


def part(name, prefix=None):
    part = Blueprint(name, __name__, url_prefix=prefix)
    part.add_url_rule("/", "index", lambda: name)
    return part


def test_guard_protects_its_part(app):
    backstage = part("backstage", "/backstage")
    backstage.before_request(guard)
    app.register_blueprint(backstage)

    assert unguarded(app, guard, "/backstage") == []
    assert unguarded(app, guard, "/") == ["/"]


def test_guard_protects_what_is_nested(app):
    backstage, till = part("backstage", "/backstage"), part("till", "/till")
    backstage.before_request(guard)
    till.register_blueprint(part("drawer", "/drawer"))
    backstage.register_blueprint(till)
    app.register_blueprint(backstage)

    assert unguarded(app, guard, "/backstage") == []


def test_part_beside_it_is_found(app):
    backstage, till = part("backstage", "/backstage"), part("till", "/backstage/till")
    backstage.before_request(guard)
    app.register_blueprint(backstage)
    app.register_blueprint(till)

    assert unguarded(app, guard, "/backstage") == ["/backstage/till/"]


def test_guard_of_a_nested_part_does_not_protect_the_outer_one(app):
    backstage, till = part("backstage", "/backstage"), part("till", "/till")
    till.before_request(guard)
    backstage.register_blueprint(till)
    app.register_blueprint(backstage)

    assert unguarded(app, guard, "/backstage") == ["/backstage/"]


def test_names_count_and_no_paths(app):
    backstage = part("backstage")
    backstage.before_request(guard)
    app.register_blueprint(backstage, url_prefix="/somewhere")
    app.register_blueprint(part("till"), url_prefix="/backstage")

    assert unguarded(app, guard, "/") == ["/", "/backstage/"]


def test_guard_protects_each_name_of_a_part(app):
    backstage = part("backstage")
    backstage.before_request(guard)
    app.register_blueprint(backstage, url_prefix="/backstage/a")
    app.register_blueprint(backstage, name="twin", url_prefix="/backstage/b")

    assert unguarded(app, guard, "/backstage") == []


def test_view_of_the_app_below_the_prefix_is_found(app):
    backstage = part("backstage", "/backstage")
    backstage.before_request(guard)
    app.register_blueprint(backstage)
    app.add_url_rule("/backstage/keys", "keys", lambda: "keys")

    assert unguarded(app, guard, "/backstage") == ["/backstage/keys"]


@pytest.mark.parametrize("from_a_part", [True, False])
def test_guard_of_the_app_protects_everything(app, from_a_part):
    backstage = part("backstage", "/backstage")
    (backstage.before_app_request if from_a_part else app.before_request)(guard)
    app.register_blueprint(backstage)

    assert unguarded(app, guard, "/") == []


def test_hook_before_the_guard_may_answer_in_its_place(app):
    backstage = part("backstage", "/backstage")
    backstage.before_request(other)
    backstage.before_request(guard)
    app.register_blueprint(backstage)

    assert unguarded(app, guard, "/backstage") == ["/backstage/"]


def test_hook_of_the_app_comes_before_the_guard(app):
    app.before_request(other)
    backstage = part("backstage", "/backstage")
    backstage.before_request(guard)
    app.register_blueprint(backstage)

    assert unguarded(app, guard, "/backstage") == ["/backstage/"]


def test_hook_after_the_guard_does_no_harm(app):
    backstage = part("backstage", "/backstage")
    backstage.before_request(guard)
    backstage.before_request(other)
    app.register_blueprint(backstage)

    assert unguarded(app, guard, "/backstage") == []


@pytest.mark.parametrize("prefix", ["/backstage", "/backstage/"])
def test_whole_parts_of_the_path_count(app, prefix):
    app.add_url_rule("/backstage", "b", lambda: "")
    app.add_url_rule("/backstages", "c", lambda: "")
    app.add_url_rule("/backstage/<name>", "d", lambda name: "")

    assert unguarded(app, guard, prefix) == ["/backstage", "/backstage/<name>"]


def test_asking_changes_nothing(app):
    app.register_blueprint(part("till", "/till"))
    before = dict(app.before_request_funcs)
    unguarded(app, guard, "/")

    assert app.before_request_funcs == before
