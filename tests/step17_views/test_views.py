"""Step 17: a class answers for a resource, a method for each HTTP method."""

from functools import wraps
from types import FunctionType

import pytest
from step17_views import App, Blueprint, MethodView, View, request, url_for

METHODS = ["get", "post", "put", "patch", "delete"]
AT_ONCE = "Flask calls it and answers 500"


def make_app(view, rule="/", **options):
    """Return an app in which a view answers a rule."""
    app = App(__name__)
    app.testing = True
    app.add_url_rule(rule, view_func=view, **options)
    return app


def visit(view, method="GET", path="/"):
    """Return the answer of a view to one request, without raising its errors."""
    app = make_app(view)
    app.testing = False
    return app.test_client().open(path, method=method)


def answered(view):
    """Return the methods that an app lists and answers for a view."""
    app = make_app(view)
    client = app.test_client()
    listed = {*client.options("/").allow} - {"HEAD", "OPTIONS"}
    statuses = {each: client.open("/", method=each).status_code for each in listed}
    assert set(statuses.values()) == {200}, statuses
    return listed


class Bell(View):
    """A bell that counts how often it was rung."""

    def __init__(self, sound="tic"):
        self.sound, self.times = sound, 0

    def dispatch_request(self, **values):
        self.times += 1
        return f"{self.sound} {self.times}"


class Shared(Bell):
    init_every_request = False


class Both(MethodView):
    def get(self):
        return "read"

    def post(self):
        return "written"


# a class as a view


def test_class_answers():
    assert visit(Bell.as_view("bell")).text == "tic 1"


def test_values_of_the_url_are_its_arguments():
    class Song(View):
        def dispatch_request(self, bird, number):
            return f"{bird}: {number!r}"

    app = make_app(Song.as_view("song"), "/songs/<bird>/<int:number>")

    assert app.test_client().get("/songs/wren/3").text == "wren: 3"


def test_it_may_return_what_functions_may():
    class Teapot(View):
        def dispatch_request(self):
            return "tea", 418, {"X-Tea": "mint"}

    answer = visit(Teapot.as_view("teapot"))

    assert (answer.status_code, answer.text) == (418, "tea")
    assert answer.headers["X-Tea"] == "mint"


def test_error_names_its_endpoint():
    class Silent(View):
        def dispatch_request(self):
            return None

    app = make_app(Silent.as_view("silent"))

    with pytest.raises(TypeError, match=r"silent.*return"):
        app.test_client().get("/")


def test_each_request_has_an_instance_of_its_own():
    client = make_app(Bell.as_view("bell")).test_client()

    assert [client.get("/").text for _ in range(3)] == ["tic 1"] * 3


def test_class_is_called_with_the_arguments_of_as_view():
    app = make_app(Bell.as_view("first", "trill"), "/first")
    app.add_url_rule("/second", view_func=Bell.as_view("second", sound="ding"))
    client = app.test_client()

    assert client.get("/first").text == "trill 1"
    assert client.get("/second").text == "ding 1"


def test_argument_may_have_any_name():
    class Page(View):
        def __init__(self, **options):
            self.options = options

        def dispatch_request(self):
            return "&".join(self.options)

    assert visit(Page.as_view("page", view=1, shared=2)).text == "view&shared"


def test_one_instance_may_answer_all_requests():
    client = make_app(Shared.as_view("bell")).test_client()

    assert [client.get("/").text for _ in range(3)] == ["tic 1", "tic 2", "tic 3"]


def test_one_instance_is_made_when_the_view_is():
    made = []

    class Counted(Shared):
        def __init__(self):
            made.append(self)
            super().__init__()

    app = make_app(Counted.as_view("counted"))
    assert len(made) == 1
    app.test_client().get("/")
    assert len(made) == 1


def test_each_view_of_a_class_has_its_own_instance():
    app = make_app(Shared.as_view("first", "tic"), "/first")
    app.add_url_rule("/second", view_func=Shared.as_view("second", "trill"))
    client = app.test_client()

    texts = [client.get(path).text for path in ("/first", "/second", "/first")]

    assert texts == ["tic 1", "trill 1", "tic 2"]


def test_instance_that_counts_as_false_is_shared_too():
    class Empty(Shared):
        def __len__(self):
            return 0

    client = make_app(Empty.as_view("empty")).test_client()

    assert [client.get("/").text for _ in range(2)] == ["tic 1", "tic 2"]


def test_class_without_an_answer_says_what_is_missing():
    class Nothing(View):
        pass

    app = make_app(Nothing.as_view("nothing"))

    with pytest.raises(NotImplementedError):
        app.test_client().get("/")


@pytest.mark.differs("Flask's error has no text")
def test_error_of_a_class_without_an_answer_names_it():
    class Nothing(View):
        pass

    app = make_app(Nothing.as_view("nothing"))

    with pytest.raises(NotImplementedError, match=r"Nothing .*dispatch_request"):
        app.test_client().get("/")


# the function


def test_view_is_a_plain_function_named_after_its_endpoint():
    view = Bell.as_view("ring")
    app = make_app(view)

    assert isinstance(view, FunctionType)
    assert app.view_functions["ring"] is view
    assert view.__name__ == "ring"


def test_function_has_the_words_of_its_class():
    view = Bell.as_view("ring")

    assert view.__doc__ == "A bell that counts how often it was rung."
    assert view.__module__ == __name__
    assert view.view_class is Bell


def test_function_may_answer_several_rules():
    view = Bell.as_view("bell")
    app = make_app(view, "/bell")
    app.add_url_rule("/ring", view_func=view)
    client = app.test_client()

    assert client.get("/bell").text == client.get("/ring").text == "tic 1"


def test_two_views_of_a_class_need_two_endpoints():
    app = make_app(Bell.as_view("bell"), "/bell")

    with pytest.raises((ValueError, AssertionError), match="bell"):
        app.add_url_rule("/ring", view_func=Bell.as_view("bell"))


def test_endpoint_may_be_another_than_the_name():
    app = make_app(Bell.as_view("bell"), "/bell", endpoint="ring")

    assert app.test_client().get("/bell").text == "tic 1"
    assert app.view_functions.keys() >= {"ring"} and "bell" not in app.view_functions


def test_test_may_put_in_another_class():
    class Quiet(Bell):
        def dispatch_request(self):
            return f"({self.sound})"

    view = Bell.as_view("bell", "trill")
    client = make_app(view).test_client()
    view.view_class = Quiet

    assert client.get("/").text == "(trill)"


def test_blueprint_has_classes_too():
    class Song(View):
        def dispatch_request(self, number):
            return url_for(".song", number=number + 1)

    shop, app = Blueprint("shop", __name__, url_prefix="/shop"), App(__name__)
    shop.add_url_rule("/<int:number>", view_func=Song.as_view("song"))
    app.register_blueprint(shop)

    assert "shop.song" in app.view_functions
    assert app.test_client().get("/shop/3").text == "/shop/4"


# decorators


def marked(mark):
    """Return a decorator that puts a mark around what a view returns."""

    def decorate(view):
        @wraps(view)
        def decorated(**values):
            return f"{mark}({view(**values)})"

        return decorated

    return decorate


def careless(view):
    """Wrap a view without a word about it."""
    return lambda **values: view(**values)


def test_last_decorator_is_the_outermost():
    class Decorated(Bell):
        decorators = [marked("a"), marked("b")]

    assert visit(Decorated.as_view("bell")).text == "b(a(tic 1))"


def test_decorator_sees_whose_view_it_wraps():
    seen = []

    def see(view):
        seen.append((view.__name__, view.__module__))
        return view

    class Decorated(Bell):
        decorators = [see]

    Decorated.as_view("ring")

    assert seen == [("ring", __name__)]


def test_decorators_are_applied_once_and_not_to_each_request():
    applied = []

    class Decorated(Bell):
        decorators = [lambda view: applied.append(view) or view]

    client = make_app(Decorated.as_view("bell")).test_client()
    for _ in range(3):
        client.get("/")

    assert len(applied) == 1


def test_decorator_may_forget_the_name():
    class Decorated(Bell):
        methods = ["POST"]
        decorators = [careless]

    view = Decorated.as_view("bell")
    app = make_app(view)

    assert app.view_functions.get("bell") is view
    assert app.test_client().post("/").text == "tic 1"


def test_decorators_are_inherited_or_replaced():
    class Decorated(Bell):
        decorators = [marked("a")]

    class Subclass(Decorated):
        pass

    class Other(Decorated):
        decorators = [marked("b")]

    class More(Decorated):
        decorators = [*Decorated.decorators, marked("b")]

    texts = [visit(each.as_view("x")).text for each in (Subclass, Other, More)]

    assert texts == ["a(tic 1)", "b(tic 1)", "b(a(tic 1))"]


def test_other_class_may_be_put_into_a_decorated_view():
    class Decorated(Bell):
        decorators = [marked("a")]

    class Quiet(Bell):
        def dispatch_request(self):
            return "hush"

    view = Decorated.as_view("bell")
    client = make_app(view).test_client()
    view.view_class = Quiet

    assert client.get("/").text == "a(hush)"


# which methods a view answers


def test_view_answers_get_unless_it_says_otherwise():
    answer = visit(Bell.as_view("bell"), "POST")

    assert answer.status_code == 405
    assert {*answer.allow} == {"GET", "HEAD", "OPTIONS"}


def test_class_lists_its_methods():
    class Order(Bell):
        methods = ["POST", "put"]

    view = Order.as_view("order")

    assert visit(view, "POST").text == visit(view, "PUT").text == "tic 1"
    assert visit(view, "GET").status_code == 405


def test_rule_may_list_others():
    class Order(Bell):
        methods = ["POST"]

    client = make_app(Order.as_view("order"), methods=["PUT"]).test_client()

    assert client.put("/").text == "tic 1"
    assert client.post("/").status_code == 405


def test_methods_that_are_one_string_are_refused():
    class Order(Bell):
        methods = "POST"

    with pytest.raises(TypeError, match=r"list|\["):
        make_app(Order.as_view("order"))


# a method for each method


def test_method_is_called_by_its_name():
    def answer(name):
        return lambda self: f"{name} {request.method}"

    view = type("All", (MethodView,), {name: answer(name) for name in METHODS})
    client = make_app(view.as_view("all")).test_client()

    for name in METHODS:
        assert client.open("/", method=name.upper()).text == f"{name} {name.upper()}"


def test_other_methods_are_not_allowed():
    answer = visit(Both.as_view("both"), "DELETE")

    assert answer.status_code == 405
    assert {*answer.allow} == {"GET", "HEAD", "POST", "OPTIONS"}


def test_methods_are_collected_in_capitals():
    assert {*Both.methods} == {"GET", "POST"}
    assert {*Both.as_view("both").methods} == {"GET", "POST"}


def test_method_gets_the_values_of_the_url():
    class Song(MethodView):
        def get(self, number):
            return f"{number!r}"

    app = make_app(Song.as_view("song"), "/<int:number>")

    assert app.test_client().get("/3").text == "3"


def test_other_functions_of_the_class_are_no_methods():
    class Song(MethodView):
        def get(self):
            return "tic"

        def play(self):
            return "never asked for"

    view = Song.as_view("song")

    assert answered(view) == {"GET"}
    for method in ("PLAY", "AS_VIEW", "__INIT__", "DISPATCH_REQUEST"):
        assert visit(view, method).status_code == 405


def test_head_is_answered_by_get():
    answer = visit(Both.as_view("both"), "HEAD")

    assert (answer.status_code, answer.text) == (200, "")
    assert answer.content_length == len("read")


def test_head_may_have_a_method_of_its_own():
    class Song(Both):
        def head(self):
            return "", {"X-Method": request.method}

    assert visit(Song.as_view("song"), "HEAD").headers["X-Method"] == "HEAD"


def test_options_are_answered_by_the_app():
    answer = visit(Both.as_view("both"), "OPTIONS")

    assert answer.status_code == 200
    assert {*answer.allow} == {"GET", "HEAD", "POST", "OPTIONS"}


def test_options_may_have_a_method_of_its_own():
    class Song(Both):
        def options(self):
            return "ask me"

    assert visit(Song.as_view("song"), "OPTIONS").text == "ask me"


def test_view_may_prepare_what_its_methods_need():
    class Song(MethodView):
        def dispatch_request(self, **values):
            self.bird = "wren"
            return super().dispatch_request(**values)

        def get(self, number):
            return f"{self.bird} {number}"

    app = make_app(Song.as_view("song"), "/<int:number>")

    assert app.test_client().get("/3").text == "wren 3"


# methods of the bases


class Mixin:
    def delete(self):
        return "gone"


class Replaced(MethodView):
    def put(self):
        return "replaced"


def test_methods_of_bases_are_its_own():
    class Subclass(Both):
        pass

    class Mixed(Mixin, Both):
        pass

    class Two(Replaced, Both):
        def patch(self):
            return "patched"

    assert answered(Subclass.as_view("x")) == {"GET", "POST"}
    assert answered(Mixed.as_view("x")) == {"GET", "POST", "DELETE"}
    assert answered(Two.as_view("x")) == {"GET", "POST", "PUT", "PATCH"}


def test_methods_of_a_subclass_are_not_those_of_its_base():
    class Subclass(Both):
        def delete(self):
            return "gone"

    assert answered(Both.as_view("x")) == {"GET", "POST"}


def test_list_of_a_base_counts_for_its_subclasses():
    class Folder(MethodView):
        methods = ["GET", "PROPFIND"]

    class Songs(Folder):
        def get(self):
            return "songs"

        def propfind(self):
            return "their properties"

        def post(self):
            return "one more"

    assert answered(Songs.as_view("songs")) == {"GET", "PROPFIND", "POST"}


def test_list_of_a_class_is_the_whole_list():
    class Quiet(Both):
        methods = ["GET"]

    class Moved(Replaced, Both):
        methods = ["PUT"]

    assert answered(Quiet.as_view("x")) == {"GET"}
    assert answered(Moved.as_view("x")) == {"PUT"}


@pytest.mark.differs("Flask collects the method again", safer=True)
def test_what_a_class_has_closed_stays_closed_in_its_subclasses():
    class Quiet(Both):
        methods = ["GET"]

    class Subclass(Quiet):
        def get(self):
            return "read differently"

    assert answered(Subclass.as_view("x")) == {"GET"}


def test_subclass_may_open_it_again():
    class Quiet(Both):
        methods = ["GET"]

    class Subclass(Quiet):
        def post(self):
            return "written carefully"

    assert answered(Subclass.as_view("x")) == {"GET", "POST"}


@pytest.mark.differs(f"{AT_ONCE}: None isn't callable", safer=True)
def test_none_takes_a_method_away():
    class Quiet(Both):
        post = None

    class Mixed(Mixin, Quiet):
        pass

    assert answered(Quiet.as_view("x")) == {"GET"}
    assert answered(Mixed.as_view("x")) == {"GET", "DELETE"}
    assert visit(Quiet.as_view("x"), "POST").status_code == 405


@pytest.mark.differs(f"{AT_ONCE}: nothing answers", safer=True)
def test_listed_method_that_is_missing_is_not_allowed():
    class Promised(Both):
        methods = ["GET", "PUT"]

    answer = visit(Promised.as_view("x"), "PUT")

    assert answer.status_code == 405
    assert {*answer.allow} == {"GET"}


@pytest.mark.differs(f"{AT_ONCE}: nothing answers", safer=True)
def test_class_without_methods_allows_none():
    class Empty(MethodView):
        pass

    assert visit(Empty.as_view("x")).status_code == 405
    assert visit(Empty.as_view("x"), "POST").status_code == 405


def test_string_instead_of_a_list_is_refused_in_a_base_too():
    class Quiet(Both):
        methods = "GET"

    with pytest.raises(TypeError, match=r"list|\["):
        make_app(Quiet.as_view("x"))


@pytest.mark.differs("Flask takes the string apart: GET becomes G, E and T")
def test_subclass_of_a_string_instead_of_a_list_is_refused():
    class Quiet(Both):
        methods = "GET"

    with pytest.raises(TypeError, match=r"Quiet.*GET.*list"):

        class Subclass(Quiet):
            pass


# what a rule reads from a view


def test_class_may_answer_options_with_the_rest():
    class Song(Bell):
        methods = ["GET", "OPTIONS"]

    class Silent(Bell):
        provide_automatic_options = False

    assert visit(Song.as_view("x"), "OPTIONS").text == "tic 1"
    assert visit(Silent.as_view("x"), "OPTIONS").status_code == 405


def test_view_may_require_methods_of_its_rules():
    def song():
        return f"{request.method} wren"

    song.required_methods = ["purge"]
    client = make_app(song, methods=["GET"]).test_client()

    assert client.open("/", method="PURGE").text == "PURGE wren"
    assert client.get("/").text == "GET wren"
    assert {*client.options("/").allow} == {"GET", "HEAD", "OPTIONS", "PURGE"}


def test_view_may_require_options_and_answer_them():
    def song():
        return "ask me"

    song.required_methods, song.provide_automatic_options = ["OPTIONS"], False
    client = make_app(song).test_client()

    assert client.options("/").text == "ask me"


def test_app_may_leave_options_alone():
    app = App(__name__)
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False
    app.add_url_rule("/", view_func=Both.as_view("both"))
    app.add_url_rule("/own", "own", lambda: "ask me", methods=["OPTIONS"])
    client = app.test_client()

    answer = client.options("/")

    assert answer.status_code == 405
    assert {*answer.allow} == {"GET", "HEAD", "POST"}
    assert client.options("/own").text == "ask me"


def test_view_or_rule_may_say_otherwise():
    class Open(Both):
        methods = ["GET", "OPTIONS"]
        provide_automatic_options = True

    app = App(__name__)
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False
    app.add_url_rule("/view", view_func=Open.as_view("open"))
    methods = ["GET", "OPTIONS"]
    app.add_url_rule("/rule", "rule", lambda: "", True, methods=methods)
    client = app.test_client()

    for path in ("/view", "/rule"):
        assert {*client.options(path).allow} == {"GET", "HEAD", "OPTIONS"}
