"""What step 8 promises: URLs that are built from the rules that match them."""

from urllib.parse import parse_qsl, urlsplit

import pytest
from step08_urls import App, AppClient, current_app, g, redirect, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.routing import BuildError


def app_with_songs():
    """Make an app with a few rules, whose views say nothing."""
    app = App(__name__)
    app.testing = True
    app.add_url_rule("/", "index", lambda: "")
    app.add_url_rule("/<city>", "party", lambda city: "")
    app.add_url_rule("/songs/", "songs", lambda: "")
    app.add_url_rule("/songs/<int(fixed_digits=2):number>", "song", lambda number: "")
    return app


def build(endpoint, **values):
    """Build a URL as a view of the app would."""
    with app_with_songs().test_request_context("/"):
        return url_for(endpoint, **values)


# in a request


def test_url_for_gives_the_path_of_an_endpoint():
    assert build("index") == "/"
    assert build("songs") == "/songs/"


def test_value_takes_its_place_in_the_rule():
    assert build("party", city="oslo") == "/oslo"


def test_converter_writes_the_value():
    assert build("song", number=7) == "/songs/07"


@pytest.mark.asvs("1.2.2")
def test_value_is_quoted():
    assert build("party", city='zürich? "#1"') == "/z%C3%BCrich%3F%20%22%231%22"


def test_value_can_not_make_the_path_another_host():
    assert build("party", city="/evil.example") == "/evil.example"


def test_url_that_was_built_is_matched_with_the_same_value():
    app = App(__name__)

    @app.route("/say/<path:text>")
    def say(text):
        return text

    with app.test_request_context():
        url = url_for("say", text="100 % ü/ö & <b>?#")

    assert app.test_client().get(url).text == "100 % ü/ö & <b>?#"


def test_other_values_become_the_query():
    url = build("songs", page=2, q="tit & tat")

    assert url.startswith("/songs/?")
    assert parse_qsl(urlsplit(url).query) == [("page", "2"), ("q", "tit & tat")]


def test_list_becomes_several_values_of_the_query():
    assert build("songs", tag=["red", "blue"]) == "/songs/?tag=red&tag=blue"


def test_none_is_left_out():
    assert build("songs", page=None) == "/songs/"


def test_value_may_have_the_name_of_a_parameter():
    assert build("songs", self="me") == "/songs/?self=me"


def test_rule_is_chosen_by_the_values():
    app = App(__name__)
    app.add_url_rule("/songs/", "songs", lambda bird=None: "")
    app.add_url_rule("/songs/<bird>", "songs")

    with app.test_request_context():
        assert url_for("songs") == "/songs/"
        assert url_for("songs", bird="wren") == "/songs/wren"


def test_anchor_is_appended():
    assert build("songs", _anchor="top", page=2) == "/songs/?page=2#top"


def test_anchor_is_quoted():
    assert build("songs", _anchor="nach oben/ü") == "/songs/#nach%20oben/%C3%BC"


@pytest.mark.optional
@pytest.mark.differs("Flask leaves a # in the anchor, where RFC 3986 allows none")
def test_anchor_has_no_second_sign():
    assert build("songs", _anchor="a#b") == "/songs/#a%23b"


def test_external_url_has_scheme_and_host_of_the_request():
    with app_with_songs().test_request_context("/", "https://wren.example:8443"):
        assert url_for("songs", _external=True) == "https://wren.example:8443/songs/"


def test_scheme_makes_the_url_external():
    assert build("songs", _scheme="https") == "https://localhost/songs/"


def test_scheme_in_a_path_is_refused():
    with pytest.raises(ValueError, match=r"scheme|external"):
        build("songs", _scheme="https", _external=False)


def app_with_two_doors():
    """Make an app whose endpoint `door` has a rule for GET and one for POST."""
    app = App(__name__)
    app.add_url_rule("/in", "door", lambda: url_for("door"), methods=["GET"])
    app.add_url_rule("/out", "door", methods=["POST"])
    return app


def test_method_chooses_among_the_rules_of_an_endpoint():
    with app_with_two_doors().test_request_context():
        assert url_for("door", _method="POST") == "/out"
        assert url_for("door", _method="GET") == "/in"


@pytest.mark.optional
@pytest.mark.differs("in a POST request Flask builds the URL of the rule for POST")
def test_link_is_the_same_whatever_the_method_of_the_request():
    client = app_with_two_doors().test_client()

    assert client.get("/in").text == client.post("/out").text == "/in"


def test_view_builds_urls_with_the_app_s_method_too():
    app = app_with_songs()
    app.add_url_rule("/where", view_func=lambda: app.url_for("songs"), endpoint="where")

    assert app.test_client().get("/where").text == "/songs/"


def test_error_handler_of_404_builds_urls():
    app = app_with_songs()
    app.register_error_handler(404, lambda error: (url_for("songs"), 404))

    assert app.test_client().get("/no/where/at/all").text == "/songs/"


# what can't be built


def test_unknown_endpoint_gets_a_suggestion():
    with pytest.raises(BuildError, match=r"'parti'.*Did you mean 'party'"):
        build("parti", city="oslo")


def test_missing_value_is_named():
    with pytest.raises(BuildError, match=r"forget to specify values \['city'\]"):
        build("party")


def test_method_without_a_rule_is_named():
    with pytest.raises(BuildError, match="PUT"):
        build("songs", _method="PUT")


@pytest.mark.optional
def test_build_error_handler_gives_the_url():
    app = app_with_songs()
    app.url_build_error_handlers.append(lambda *_: "https://shop.example/bell")

    with app.test_request_context():
        assert url_for("bell") == "https://shop.example/bell"


@pytest.mark.optional
def test_build_error_handler_sees_what_was_asked():
    app = app_with_songs()
    seen = []
    app.url_build_error_handlers.append(lambda *asked: seen.append(asked))

    with app.test_request_context(), pytest.raises(BuildError) as caught:
        url_for("bell", colour="red", _anchor="price", _external=True)

    [(error, endpoint, values)] = seen
    assert (error, endpoint) == (caught.value, "bell")
    assert values["colour"] == "red"
    assert (values["_anchor"], values["_external"]) == ("price", True)


@pytest.mark.optional
def test_build_error_handlers_are_asked_in_turn():
    app = app_with_songs()

    def gives_up(error, endpoint, values):
        raise error

    handlers = [lambda *_: None, gives_up, lambda *_: "/found", lambda *_: "/late"]
    app.url_build_error_handlers.extend(handlers)

    with app.test_request_context():
        assert url_for("bell") == "/found"


# outside a request


def app_with_an_address():
    app = app_with_songs()
    app.config["SERVER_NAME"] = "wren.example"
    return app


def test_url_is_external_where_no_request_is():
    with app_with_an_address().app_context():
        assert url_for("songs") == "http://wren.example/songs/"


def test_each_app_has_a_configuration_of_its_own():
    wren, bell = app_with_an_address(), app_with_songs()
    bell.config["SERVER_NAME"] = "bell.example"

    assert wren.url_for("songs") == "http://wren.example/songs/"
    assert bell.url_for("songs") == "http://bell.example/songs/"


def test_configuration_tells_root_and_scheme():
    app = app_with_an_address()
    app.config["APPLICATION_ROOT"] = "/bells"
    app.config["PREFERRED_URL_SCHEME"] = "https"

    with app.app_context():
        assert url_for("songs") == "https://wren.example/bells/songs/"
        assert url_for("songs", _scheme="http") == "http://wren.example/bells/songs/"
        assert url_for("songs", _external=False) == "/bells/songs/"


def test_app_builds_urls_without_any_context():
    assert app_with_an_address().url_for("songs") == "http://wren.example/songs/"


def test_unknown_host_is_asked_for():
    app = app_with_songs()

    with app.app_context(), pytest.raises(RuntimeError, match="SERVER_NAME"):
        url_for("songs")


def test_url_for_without_any_context_says_what_to_do():
    with pytest.raises(RuntimeError, match="app_context"):
        url_for("songs")


def test_configuration_may_change():
    app = app_with_an_address()
    before = app.url_for("index")
    app.config["SERVER_NAME"] = "bell.example"

    assert (before, app.url_for("index")) == (
        "http://wren.example/",
        "http://bell.example/",
    )


def test_request_knows_path_and_scheme_better():
    with app_with_an_address().test_request_context("/", "https://wren.example/shop"):
        assert url_for("songs") == "/shop/songs/"
        assert url_for("songs", _external=True) == "https://wren.example/shop/songs/"


def test_configured_host_stands_against_the_client_s():
    with app_with_an_address().test_request_context("/", "https://evil.example"):
        assert url_for("songs", _external=True) == "https://wren.example/songs/"


def test_client_visits_where_the_configuration_says():
    app = app_with_an_address()
    app.config["APPLICATION_ROOT"] = "/bells"
    app.config["PREFERRED_URL_SCHEME"] = "https"
    app.add_url_rule("/me", "me", lambda: request.url)

    assert app.test_client().get("/me").text == "https://wren.example/bells/me"
    with app.test_request_context("/me"):
        assert request.url == "https://wren.example/bells/me"


@pytest.mark.holds_before("the test client of step 5 can be sent anywhere")
def test_client_goes_elsewhere_if_told():
    app = app_with_songs()
    app.add_url_rule("/me", "me", lambda: request.url)

    response = app.test_client().get("/me", base_url="https://bell.example/shop")

    assert response.text == "https://bell.example/shop/me"


def test_base_url_may_be_a_path_on_the_apps_host():
    with app_with_songs().test_request_context(base_url="/bells"):
        assert url_for("songs") == "/bells/songs/"


def test_client_goes_to_an_absolute_url():
    app = app_with_songs()
    app.add_url_rule("/me", "me", lambda: request.url)
    client = app.test_client()

    for url in ("https://bell.example/me?x=1", "http://bell.example:8000/me"):
        assert client.get(url).text == url
        with app.test_request_context(url):
            assert request.url == url


def test_client_goes_to_a_subdomain_and_with_a_scheme():
    app = app_with_songs()
    app.config["SERVER_NAME"] = "wren.example"
    app.add_url_rule("/me", "me", lambda: request.url)
    somewhere = {"subdomain": "de", "url_scheme": "https"}

    assert (
        app.test_client().get("/me", **somewhere).text == "https://de.wren.example/me"
    )
    with app.test_request_context("/me", **somewhere):
        assert request.url == "https://de.wren.example/me"


@pytest.mark.parametrize("option", ["subdomain", "url_scheme"])
def test_base_url_goes_without_a_part_of_it_beside(option):
    options = {"base_url": "http://wren.example/", option: "https"}

    with pytest.raises((TypeError, AssertionError), match="base_url"):
        app_with_songs().test_client().get("/songs/", **options)


def test_client_class_may_override_open_and_follow_redirects():
    class Visitor(AppClient):
        def open(self, *arguments, **options):
            options["headers"] = {"X-Visitor": "Ada"}
            return super().open(*arguments, **options)

    app = app_with_songs()
    app.add_url_rule("/old", "old", lambda: redirect("/me"))
    app.add_url_rule("/me", "me", lambda: request.headers["X-Visitor"])
    app.test_client_class = Visitor

    assert app.test_client().get("/old", follow_redirects=True).text == "Ada"


@pytest.mark.holds_before("a request that names no host is refused from step 2 on")
@pytest.mark.differs("Flask builds its error page, and answers with 500", safer=True)
@pytest.mark.parametrize("host", ["my_shop.example", "a..b", "a" * 64 + ".example"])
def test_host_that_is_none_is_refused_before_a_page_links_to_it(host):
    app = app_with_songs()
    home = {"_external": True}
    app.register_error_handler(400, lambda error: (url_for("songs", **home), 400))
    app.register_error_handler(404, lambda error: (url_for("songs", **home), 404))

    answer = app.test_client().get("/x", environ_overrides={"HTTP_HOST": host})

    assert (answer.status_code, "http://" in answer.text) == (400, False)


# values that every URL shares


def app_with_languages():
    """Make an app with the language in front of each path, as no view has to know."""
    app = App(__name__)

    @app.url_defaults
    def add_language(endpoint, values):
        if app.url_map.is_endpoint_expecting(endpoint, "language"):
            values.setdefault("language", g.get("language", "en"))

    @app.url_value_preprocessor
    def take_language(endpoint, values):
        g.language = (values or {}).pop("language", "en")

    @app.route("/<language>/songs/<bird>")
    def song(bird):
        return f"{g.language} {url_for('song', bird='wren')}"

    @app.route("/imprint")
    def imprint():
        return f"{g.language} {url_for('imprint')}"

    return app


def test_language_of_the_url_stays_in_links():
    client = app_with_languages().test_client()

    assert client.get("/de/songs/robin").text == "de /de/songs/wren"
    assert client.get("/no/songs/robin").text == "no /no/songs/wren"


def test_default_goes_only_where_it_is_expected():
    assert app_with_languages().test_client().get("/imprint").text == "en /imprint"


def test_value_that_is_given_wins():
    with app_with_languages().test_request_context("/de/songs/robin"):
        assert url_for("song", bird="wren", language="fr") == "/fr/songs/wren"


def test_defaults_are_added_in_their_order():
    app = app_with_songs()
    app.url_defaults(lambda endpoint, values: values.update(seen=endpoint))
    app.url_defaults(lambda endpoint, values: values.update(seen=values["seen"] + "."))

    with app.test_request_context():
        assert url_for("songs") == "/songs/?seen=songs."


def test_registered_functions_stay_what_they_were():
    app = App(__name__)

    def function(endpoint, values):
        """Do nothing."""

    assert app.url_defaults(function) is function
    assert app.url_value_preprocessor(function) is function


@pytest.mark.differs("Flask drops the coroutine, and the values stay as they were")
@pytest.mark.parametrize("decorator", ["url_defaults", "url_value_preprocessor"])
def test_async_function_for_a_url_s_values_is_refused(decorator):
    async def add_language(endpoint, values):
        values["language"] = "de"

    with pytest.raises(TypeError, match=r"add_language.*async def"):
        getattr(App(__name__), decorator)(add_language)


def test_preprocessor_changes_what_the_view_gets():
    app = App(__name__)

    @app.url_value_preprocessor
    def shout(endpoint, values):
        values["name"] = f"{endpoint} {values['name'].upper()}"

    @app.route("/<name>")
    def hello(name):
        return name

    assert app.test_client().get("/ada").text == "hello ADA"


def test_preprocessor_gets_nothing_where_no_rule_fits():
    app = App(__name__)
    seen = []
    app.url_value_preprocessor(lambda *given: seen.append(given))

    assert app.test_client().get("/nowhere").status_code == 404
    assert seen == [(None, None)]


def test_error_of_a_preprocessor_is_handled():
    app = app_with_songs()

    @app.url_value_preprocessor
    def refuse(endpoint, values):
        raise NotFound("not in your language")

    app.register_error_handler(404, lambda error: (error.description, 404))

    response = app.test_client().get("/songs/")

    assert (response.status_code, response.text) == (404, "not in your language")


def test_proxy_stands_for_the_app_that_builds():
    with app_with_songs().test_request_context():
        assert current_app.url_for("songs") == url_for("songs") == "/songs/"
