"""The dangers of step 16: handlers that take what isn's theirs, guards with a gap."""

import pytest
from step16_blueprints import App, Blueprint, abort, has_app_context, request

PRICES = {"brass": 30, "steel": 20}


@pytest.fixture
def app():
    app = App("wren")
    app.logger.disabled = True
    yield app
    app.logger.disabled = False
    assert not has_app_context(), "a context leaked"


@pytest.fixture
def client(app):
    return app.test_client()


@pytest.fixture
def search(app):
    """Register a part that answers a failed search with a page."""
    search = Blueprint("search", __name__, url_prefix="/search")

    @search.get("/")
    def find():
        return f"{PRICES[request.args['q']]} francs"

    @search.errorhandler(LookupError)
    def nothing(error):
        return "Nothing found."

    app.register_blueprint(search)


@pytest.fixture
def pay(app):
    """Register a part that takes orders."""
    pay = Blueprint("pay", __name__, url_prefix="/pay")

    @pay.post("/orders")
    def order():
        return f"{PRICES[request.form['bell']]} francs are due.", 201

    app.register_blueprint(pay)


@pytest.mark.attack
@pytest.mark.usefixtures("search", "pay")
def test_failed_order_does_not_succeed_by_another_part_s_handler(client):
    assert client.get("/search/?q=gold").text == "Nothing found."

    answer = client.post("/pay/orders", data={"bell": "gold"})

    assert answer.status_code == 500, f"the attack worked: {answer.text}"
    assert "Nothing found" not in answer.text


@pytest.mark.attack
@pytest.mark.usefixtures("search")
def test_failure_in_the_app_itself_is_no_part_s(app, client):
    app.add_url_rule("/stock", "stock", lambda: str(PRICES["gold"]))

    answer = client.get("/stock")

    assert answer.status_code == 500, f"the attack worked: {answer.text}"
    assert "Nothing found" not in answer.text


@pytest.mark.attack
def test_details_for_the_staff_are_not_for_visitors(app, client):
    """A part's page for failures may say what nobody else should know."""
    staff = Blueprint("staff", __name__, url_prefix="/staff")
    staff.add_url_rule("/", "index", lambda: str(PRICES["gold"]))
    staff.errorhandler(Exception)(lambda error: (f"{error!r} in {PRICES}", 500))
    app.add_url_rule("/stock", "stock", lambda: str(PRICES["gold"]))
    app.register_blueprint(staff)

    assert "brass" in client.get("/staff/").text
    for path in ("/stock", "/none", "/staff/none"):
        page = client.get(path).text
        assert "brass" not in page, f"the attack worked: {page}"


def guarded():
    """Make a part for members, with one for their cards inside of it."""
    club = Blueprint("club", __name__, url_prefix="/club")
    cards = Blueprint("cards", __name__, url_prefix="/cards")

    @club.before_request
    def members_only():
        if request.headers.get("Authorization") != "Bearer ada":
            abort(401)

    club.add_url_rule("/", "index", lambda: "secret", methods=["GET", "POST"])
    cards.add_url_rule("/<int:number>", "card", lambda number: "secret")
    club.register_blueprint(cards)
    return club


@pytest.mark.parametrize("prefix", ["/club", "/backstage", "/", "/a/b/../c"])
@pytest.mark.parametrize("path", ["/", "/cards/7"])
def test_guard_stays_where_its_part_goes(app, client, prefix, path):
    app.register_blueprint(guarded(), url_prefix=prefix)
    url = f"{prefix.rstrip('/')}{path}"

    assert client.get(url, headers={"Authorization": "Bearer ada"}).text == "secret"
    assert client.get(url).status_code == 401
    assert client.head(url).status_code == 401
    assert client.options(url).status_code == 401


def test_guard_stands_before_every_name_of_its_part(app, client):
    app.register_blueprint(guarded())
    app.register_blueprint(guarded(), name="guests", url_prefix="/guests")
    part = guarded()
    app.register_blueprint(part, name="one", url_prefix="/one")
    app.register_blueprint(part, name="two", url_prefix="/two")

    for prefix in ("/club", "/guests", "/one", "/two"):
        assert client.get(f"{prefix}/").status_code == 401
        assert client.post(f"{prefix}/").status_code == 401
        assert client.get(f"{prefix}/cards/7").status_code == 401


@pytest.mark.usefixtures("search")
def test_one_part_s_guard_does_not_let_others_in(app, client):
    """A hook that answers for its own part must not answer for another."""
    open_part = Blueprint("open", __name__, url_prefix="/open")
    open_part.add_url_rule("/", "index", lambda: "page")
    open_part.before_request(lambda: "free entry")
    app.register_blueprint(open_part)
    app.register_blueprint(guarded())

    assert client.get("/open/").text == "free entry"
    assert client.get("/club/").status_code == 401


@pytest.mark.parametrize(
    "path",
    ["../code.py", "..%2fcode.py", "%2e%2e/code.py", "..\\code.py"],
)
def test_static_files_of_a_part_are_those_of_its_folder(app, client, tmp_path, path):
    (tmp_path / "static").mkdir()
    (tmp_path / "static" / "bell.css").write_text("bell", encoding="utf-8")
    (tmp_path / "code.py").write_text("PASSWORD = 'hunter2'", encoding="utf-8")
    part = Blueprint(
        "shop", __name__, "static", url_prefix="/shop", root_path=str(tmp_path)
    )
    app.register_blueprint(part)

    assert client.get("/shop/static/bell.css", buffered=True).text == "bell"
    answer = client.get(f"/shop/static/{path}", buffered=True)

    assert answer.status_code == 404
    assert "hunter2" not in answer.text


@pytest.mark.differs("Flask serves the code of the app", safer=True)
@pytest.mark.parametrize("folder", [".", "../shop", ".."])
def test_code_is_not_among_the_static_files(tmp_path, folder):
    home = tmp_path / "shop"

    with pytest.raises(ValueError, match="static_folder"):
        Blueprint("shop", __name__, folder, root_path=str(home))


@pytest.mark.differs("Flask serves the code of the app", safer=True)
def test_code_of_the_app_is_not_among_a_part_s_static_files(tmp_path):
    app = App("wren", root_path=str(tmp_path / "app"))
    shop = Blueprint(
        "shop", __name__, str(tmp_path), root_path=str(tmp_path.parent / "shop")
    )

    with pytest.raises(ValueError, match="static_folder"):
        app.register_blueprint(shop)
