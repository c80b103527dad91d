"""The exercise `flags`: a part of the app that is there only while a setting is on."""

import pytest
from exercise import Feature
from step16_blueprints import App, Blueprint


@pytest.fixture
def club(tmp_path):
    (tmp_path / "static").mkdir()
    (tmp_path / "static" / "card.css").write_text("card", encoding="utf-8")
    club = Feature(
        "CLUB_IS_OPEN",
        "club",
        __name__,
        static_folder="static",
        url_prefix="/club",
        root_path=str(tmp_path),
    )
    cards = Blueprint("cards", __name__, url_prefix="/cards")
    cards.add_url_rule("/", "index", lambda: "cards")
    club.add_url_rule("/", "index", lambda: "club", methods=["GET", "POST"])
    club.register_blueprint(cards)
    return club


def app_with(club, **settings):
    app = App("wren")
    app.config.update(settings)
    app.add_url_rule("/", "index", lambda: "wren")
    app.register_blueprint(club)
    return app


def status(app, path, method="GET"):
    with app.test_client().open(path, method=method) as answer:
        return answer.status_code


PATHS = ["/club/", "/club/cards/", "/club/static/card.css"]


@pytest.mark.parametrize("path", PATHS)
def test_pages_are_there_while_the_setting_is_on(club, path):
    assert status(app_with(club, CLUB_IS_OPEN=True), path) == 200


@pytest.mark.parametrize("settings", [{}, {"CLUB_IS_OPEN": False}])
@pytest.mark.parametrize("path", PATHS)
def test_pages_are_not_found_while_it_is_off(club, path, settings):
    assert status(app_with(club, **settings), path) == 404


@pytest.mark.parametrize("method", ["HEAD", "POST", "OPTIONS"])
def test_no_method_finds_them(club, method):
    assert status(app_with(club), "/club/", method) == 404


def test_setting_is_read_at_each_request(club):
    app = app_with(club)
    before = status(app, "/club/")
    app.config["CLUB_IS_OPEN"] = True

    assert (before, status(app, "/club/")) == (404, 200)


def test_two_apps_may_differ(club):
    assert status(app_with(club, CLUB_IS_OPEN=True), "/club/") == 200
    assert status(app_with(club), "/club/") == 404


def test_two_features_may_differ(club):
    bar = Feature("BAR_IS_OPEN", "bar", __name__, url_prefix="/bar")
    bar.add_url_rule("/", "index", lambda: "bar")
    app = app_with(club, BAR_IS_OPEN=True)
    app.register_blueprint(bar)

    assert (status(app, "/club/"), status(app, "/bar/")) == (404, 200)


def test_hooks_of_a_closed_part_do_not_run(club):
    visits = []
    club.before_request(lambda: visits.append(1))
    app = app_with(club)
    status(app, "/club/")
    closed = list(visits)
    app.config["CLUB_IS_OPEN"] = True
    status(app, "/club/")

    assert (closed, visits) == ([], [1])


def test_rest_of_the_app_does_not_notice(club):
    app = app_with(club)

    assert status(app, "/") == 200
    assert status(app, "/nowhere") == 404
