"""The dangers of step 14: JSON that is read as something else, and JSON too strange."""

import json

import pytest
from step14_json import App, jsonify, render_template_string, request

# what a guest may type for a name
NAMES = [
    "</script><script>alert(1)</script>",
    "</SCRIPT ><img src=x onerror=alert(1)>",
    "<!--<script>",
    "<!-- --!><script>",
    "]]><svg onload=alert(1)>",
    "'-alert(1)-'",
    "&quot;-alert(1)-&quot;",
]


@pytest.fixture
def app():
    """Return an app that shows names, and takes them from programs."""
    app = App(__name__)
    guests = []

    @app.post("/guests")
    def sign_up():
        guests.append(request.get_json()["name"])
        return jsonify(guests=len(guests))

    @app.get("/guests")
    def list_guests():
        return render_template_string("{{ guests|join }}", guests=guests)

    @app.get("/guests.json")
    def guest_data():
        return jsonify(name=request.args["name"])

    @app.get("/script")
    def script():
        source = "<script>const name = {{ name|tojson }}</script>"
        return render_template_string(source, name=request.args["name"])

    @app.get("/attribute")
    def attribute():
        source = "<p data-name='{{ name|tojson }}'>"
        return render_template_string(source, name=request.args["name"])

    return app


def get(app, path, **query):
    return app.test_client().get(path, query_string=query)


def post(app, body, content_type="application/json"):
    return app.test_client().post("/guests", data=body, content_type=content_type)


@pytest.mark.asvs("1.2.3")
@pytest.mark.attack
@pytest.mark.parametrize("name", NAMES)
def test_inlined_name_does_not_leave_its_script(app, name):
    page = get(app, "/script", name=name).text

    value = page.removeprefix("<script>const name = ").removesuffix("</script>")
    strange = set(value) & set("<>&'")
    assert not strange, f"the attack worked: {strange} in {page}"
    assert json.loads(value) == name


@pytest.mark.attack
def test_inlined_name_does_not_leave_its_attribute(app):
    page = get(app, "/attribute", name="' onmouseover='alert(1)").text

    value = page.removeprefix("<p data-name='").removesuffix("'>")
    assert "'" not in value, f"the attack worked: the page is {page}"


@pytest.mark.asvs("4.1.1")
@pytest.mark.attack
def test_answer_to_a_program_is_no_page(app):
    answer = get(app, "/guests.json", name="<script>alert(1)</script>")

    assert answer.mimetype != "text/html", f"the attack worked: a page: {answer.text}"
    assert answer.json == {"name": "<script>alert(1)</script>"}


@pytest.mark.attack
def test_form_of_another_site_is_no_program(app):
    # <form enctype="text/plain"> with <input name='{"name": "eve', value='"}'>
    answer = post(app, '{"name": "eve="}\r\n', "text/plain")

    assert "eve" not in get(app, "/guests").text, (
        "the attack worked: eve is on the list"
    )
    assert answer.status_code == 415


@pytest.mark.attack
@pytest.mark.differs(
    "Flask lets the RecursionError through: an answer of 500", safer=True
)
def test_json_without_a_bottom_is_no_failure_of_ours(app):
    statuses = {post(app, body * 50_000).status_code for body in ('{"name":', "[")}

    assert statuses == {400}, f"the attack worked: {statuses}, and a traceback each"


@pytest.mark.attack
@pytest.mark.differs("Flask takes it, and each page that shows it is a 500", safer=True)
@pytest.mark.parametrize("half", [rb"\ud83d", b"\xed\xa0\xbd"], ids=["escaped", "raw"])
def test_half_a_character_does_not_end_the_list_for_all(app, half):
    answer = post(app, b'{"name": "' + half + b'"}')

    page = get(app, "/guests")
    assert page.status_code == 200, "the attack worked: nobody sees the list anymore"
    assert answer.status_code == 400


@pytest.mark.attack
def test_error_for_a_program_tells_no_secret(app):
    @app.route("/fails")
    def fails():
        raise ConnectionError("cannot reach guests with hunter2")

    answer = app.test_client().get("/fails", headers={"Accept": "application/json"})

    told = [word for word in ("hunter2", "ConnectionError") if word in answer.text]
    assert not told, f"the attack worked: the answer reveals {told}"
    assert answer.status_code == 500
