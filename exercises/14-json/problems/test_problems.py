"""The exercise `problems`: everything that is wrong, at once."""

import pytest
from exercise import Problem, answer_problems
from step14_json import App, abort, request
from werkzeug.exceptions import HTTPException

JSON = {"Accept": "application/json"}
PAGE = {"Accept": "text/html,*/*;q=0.8"}


@pytest.fixture
def app():
    app = App(__name__)
    app.testing = True
    answer_problems(app)

    @app.post("/orders")
    def order():
        problem = Problem(422, "The order has mistakes.")
        if "@" not in request.form.get("email", ""):
            problem.add("email", "An address needs an @.")
        if request.form.get("bell") != "brass":
            problem.add("bell", "We don't make that bell.", "Choose brass.")
        problem.raise_if_any()
        return "Thank you!"

    return app


def raising(app, problem):
    """Return the client of an app whose view raises the problem."""

    def fail():
        raise problem

    app.add_url_rule("/fails", "fails", fail)
    return app.test_client()


def pointer_of(app, field):
    problem = Problem(400, "")
    problem.add(field, "No.")
    answer = raising(app, problem).get("/fails", headers=JSON)
    return answer.json["errors"][0]["pointer"]


def test_program_hears_all_at_once(app):
    answer = app.test_client().post("/orders", headers=JSON)

    assert answer.status_code == 422
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json == {
        "status": 422,
        "title": "Unprocessable Entity",
        "detail": "The order has mistakes.",
        "errors": [
            {"pointer": "#/email", "detail": "An address needs an @."},
            {"pointer": "#/bell", "detail": "We don't make that bell."},
            {"pointer": "#/bell", "detail": "Choose brass."},
        ],
    }


@pytest.mark.parametrize("headers", [{}, PAGE, {"Accept": "*/*"}])
def test_person_reads_all_at_once(app, headers):
    answer = app.test_client().post("/orders", headers=headers)

    assert answer.status_code == 422
    assert answer.mimetype == "text/html"
    assert answer.text.count("<li>") == 3
    for sentence in (
        "The order has mistakes.",
        "An address needs an @.",
        "Choose brass.",
    ):
        assert sentence in answer.text


def test_what_is_right_is_no_problem(app):
    data = {"email": "ada@wren.example", "bell": "brass"}

    assert app.test_client().post("/orders", data=data).text == "Thank you!"


def test_caches_are_told_that_the_answer_depends(app):
    client = app.test_client()

    for headers in (JSON, PAGE, {}):
        assert "Accept" in client.post("/orders", headers=headers).vary


def test_page_shows_what_was_typed_as_text(app):
    problem = Problem(400, "<i>all</i>")
    problem.add("<b>field</b>", "<script>steal()</script>")

    page = raising(app, problem).get("/fails").text

    for tag in ("<i>", "<b>", "<script>"):
        assert tag not in page
    assert "&lt;script&gt;steal()&lt;/script&gt;" in page
    assert page.count("<li>") == 1


@pytest.mark.parametrize(
    ("field", "pointer"),
    [
        ("first name", "#/first%20name"),
        ("a/b", "#/a~1b"),
        ("m~n", "#/m~0n"),
        ("~1", "#/~01"),
        ("größe", "#/gr%C3%B6%C3%9Fe"),
        ("50%", "#/50%25"),
        ("", "#/"),
    ],
)
def test_name_of_a_field_is_one_step_of_the_pointer(app, field, pointer):
    assert pointer_of(app, field) == pointer


def test_something_has_to_be_said():
    with pytest.raises(TypeError):
        Problem(400, "").add("email")


def test_problems_do_not_share_their_errors():
    first, second = Problem(400, ""), Problem(400, "")
    first.add("email", "No.")

    assert second.raise_if_any() is None
    with pytest.raises(Problem):
        first.raise_if_any()


def test_problem_without_errors_is_an_error_like_others(app):
    client = raising(app, Problem(409, "Somebody was faster."))

    answer = client.get("/fails", headers=JSON)

    assert (answer.status_code, answer.json["title"]) == (409, "Conflict")
    assert answer.json["errors"] == []
    assert client.get("/fails").status_code == 409


def test_problem_is_an_http_error():
    problem = Problem(422, "Mistakes.")

    assert isinstance(problem, HTTPException)
    assert (problem.code, problem.description) == (422, "Mistakes.")


def test_other_errors_are_left_alone(app):
    app.add_url_rule("/closed", "closed", lambda: abort(422, "Closed."))

    answer = app.test_client().get("/closed", headers=JSON)

    assert answer.json == {
        "status": 422,
        "title": "Unprocessable Entity",
        "detail": "Closed.",
    }
