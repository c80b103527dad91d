"""What step 18 promises about variables, and the files that set them."""

import os
import sys

import pytest
from step18_cli import App, load_dotenv

SHOP = """
from step18_cli import App

app = App(__name__)

@app.cli.command("show")
def show():
    import os
    print("A is", os.environ.get("A"), "and debug", app.debug)
"""


@pytest.fixture
def without_dotenv(monkeypatch):
    """Let an import of python-dotenv fail."""
    for name in [*sys.modules]:
        if name.partition(".")[0] == "dotenv":
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "dotenv", None)


@pytest.fixture
def shop(save):
    return save("shop.py", SHOP)


def test_file_sets_variables(save):
    save("more.env", "A=1\nB='two words'\n")

    assert load_dotenv("more.env")
    assert (os.environ["A"], os.environ["B"]) == ("1", "two words")


def test_default_files_set_variables(save):
    save(".flaskenv", "A=1\nB=2\n")
    save(".env", "B=3\nC=4\n")

    assert load_dotenv()
    assert [os.environ[name] for name in "ABC"] == ["1", "3", "4"]


def test_named_file_counts_more_than_the_default_ones(save):
    save(".flaskenv", "A=1\nB=1\nC=1\nD=1\n")
    save(".env", "A=2\nB=2\nC=2\n")
    save("more.env", "A=3\nB=3\n")
    os.environ["A"] = "4"

    load_dotenv("more.env")

    assert [os.environ[name] for name in "ABCD"] == ["4", "3", "2", "1"]


def test_default_files_may_be_left_alone(save):
    save(".env", "A=1\n")
    save("more.env", "B=2\n")

    assert load_dotenv("more.env", load_defaults=False)
    assert "A" not in os.environ and os.environ["B"] == "2"


def test_no_file_sets_nothing(save):
    save(".env", "\n# A=1\n")

    assert not load_dotenv() and not load_dotenv("absent.env")


def test_name_without_a_value_is_not_set(save):
    save(".env", "A\nB=\n")

    load_dotenv()

    assert "A" not in os.environ and os.environ["B"] == ""


def test_default_file_may_be_in_a_folder_above(save, monkeypatch):
    save(".env", "A=1\nB=1\n")
    save("src/.flaskenv", "B=2\n")
    monkeypatch.chdir(save("src/web/app.py", "").parent)

    load_dotenv()

    assert (os.environ["A"], os.environ["B"]) == ("1", "1")


def test_folder_is_no_file(save):
    save(".env/activate", "A=1\n")

    assert not load_dotenv()


@pytest.mark.optional
@pytest.mark.differs("Flask reads anybody's file", safer=True)
def test_whose_file_is_read_is_said(save, capsys):
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        pytest.skip("only root can play two users")
    file = save(".env", "A=1\n")
    os.chown(file, 65534, -1)

    assert not load_dotenv()
    said = capsys.readouterr().err
    assert str(file) in said and f"neither to {file.parent}'s owner" in said


@pytest.mark.optional
@pytest.mark.usefixtures("without_dotenv")
def test_without_dotenv_that_is_said(save, capsys):
    save(".env", "A=1\n")

    assert not load_dotenv()
    assert "A" not in os.environ
    assert "python-dotenv" in capsys.readouterr().err


@pytest.mark.optional
@pytest.mark.usefixtures("without_dotenv")
def test_without_dotenv_and_without_files_nothing_is_said(capsys):
    assert not load_dotenv()
    assert capsys.readouterr().err == ""


@pytest.mark.optional
@pytest.mark.usefixtures("without_dotenv", "shop")
def test_without_dotenv_commands_work(save, command):
    save(".env", "A=1\n")

    said = command("--app", "shop", "show")

    assert said.code == 0 and "A is None" in said.text
    assert "python-dotenv" in said.text


@pytest.mark.optional
@pytest.mark.usefixtures("without_dotenv", "shop")
def test_without_dotenv_a_named_file_is_refused(save, command):
    save("more.env", "A=1\n")

    said = command("-e", "more.env", "--app", "shop", "show")

    assert said.refused and "python-dotenv" in said.text


@pytest.mark.optional
@pytest.mark.differs("Flask shows a traceback")
def test_file_that_is_no_text_is_named(save, command):
    save(".env", "").write_bytes(b"A=\xff\n")

    said = command("routes")

    assert said.refused and ".env" in said.text


@pytest.mark.usefixtures("shop")
def test_commands_know_the_variables(save, command):
    save(".env", "A=1\nFLASK_APP=shop\n")

    assert "A is 1" in command("show").text


@pytest.mark.usefixtures("shop")
def test_env_file_counts_more_than_default_files(save, command):
    save(".env", "A=1\n")
    save("more.env", "A=2\nFLASK_APP=shop\n")

    assert "A is 2" in command("-e", "more.env", "show").text
    assert "A is 3" in command("-e", "more.env", "show", env={"A": "3"}).text


@pytest.mark.usefixtures("shop")
def test_order_of_the_options_does_not_matter(save, command):
    save("more.env", "A=2\n")

    assert "A is 2" in command("--app", "shop", "-e", "more.env", "show").text


def test_absent_env_file_is_named(command):
    said = command("-e", "absent.env", "routes")

    assert said.refused and "absent.env" in said.text


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(
    ("word", "told"), [("1", "None"), ("true", "None"), ("0", "1")]
)
def test_default_files_can_be_switched_off(save, command, word, told):
    save(".env", "A=1\n")

    said = command("--app", "shop", "show", env={"FLASK_SKIP_DOTENV": word})

    assert f"A is {told}" in said.text


@pytest.mark.usefixtures("shop")
def test_switched_off_default_files_leave_the_named_one(save, command):
    save(".env", "A=1\n")
    save("more.env", "B=2\n")
    env = {"FLASK_SKIP_DOTENV": "1"}

    command("-e", "more.env", "--app", "shop", "show", env=env)

    assert "A" not in os.environ


@pytest.mark.parametrize("word", ["1", "true", "Yes"])
def test_new_app_is_in_debug_mode_by_a_variable(monkeypatch, word):
    monkeypatch.setenv("FLASK_DEBUG", word)

    assert App(__name__).debug and App(__name__).config["DEBUG"]


@pytest.mark.parametrize("word", ["0", "false", "No", ""])
def test_new_app_is_not_in_debug_mode_by_a_variable(monkeypatch, word):
    monkeypatch.setenv("FLASK_DEBUG", "1")
    assert App(__name__).debug
    monkeypatch.setenv("FLASK_DEBUG", word)

    assert not App(__name__).debug


@pytest.mark.optional
@pytest.mark.differs("Flask takes any other word for yes", safer=True)
@pytest.mark.parametrize("word", ["off", "n", "none", "flase"])
def test_other_words_do_not_turn_debug_mode_on(monkeypatch, word):
    monkeypatch.setenv("FLASK_DEBUG", "on")
    assert App(__name__).debug
    monkeypatch.setenv("FLASK_DEBUG", word)

    assert not App(__name__).debug


@pytest.mark.usefixtures("shop")
def test_option_turns_debug_mode_on_and_off(command):
    assert "debug True" in command("--app", "shop", "--debug", "show").text
    env = {"FLASK_DEBUG": "1"}
    assert "debug True" in command("--app", "shop", "show", env=env).text
    said = command("--app", "shop", "--no-debug", "show", env=env)
    assert "debug False" in said.text


def test_code_does_not_decide_about_debug_mode(save, command):
    save("shop.py", SHOP.replace("__name__)\n", "__name__)\napp.debug = True\n"))

    assert "debug False" in command("--app", "shop", "show").text


def test_factory_knows_the_debug_mode(save, command):
    code = """
    from step18_cli import App

    def create_app():
        app = App(__name__)
        print("made in debug mode:", app.debug)
        return app
    """
    save("shop.py", code)

    assert "mode: True" in command("--app", "shop", "--debug", "routes").text


@pytest.mark.parametrize("arguments", [["--help"], [], ["--app", "shop", "--help"]])
@pytest.mark.usefixtures("shop")
def test_help_lists_the_app_s_commands(command, arguments):
    env = {} if arguments[1:] else {"FLASK_APP": "shop"}

    said = command(*arguments, env=env)

    assert "show" in said.text and "routes" in said.text


@pytest.mark.optional
@pytest.mark.differs("Flask shows the help before it reads --app")
@pytest.mark.usefixtures("shop")
def test_help_may_be_asked_for_before_the_app_is_named(command):
    assert "show" in command("--help", "--app", "shop").text


@pytest.mark.usefixtures("shop")
def test_help_reads_the_default_files(save, command):
    save(".env", "FLASK_APP=shop\n")

    assert "show" in command("--help").text


def test_help_is_there_without_an_app(save, command):
    save("shop.py", "price = 1 / 0\n")

    for arguments in (["--help"], ["--app", "shop", "--help"]):
        said = command(*arguments)
        assert said.code == 0 and "routes" in said.text and "Error" in said.text


def test_app_that_is_run_reads_the_default_files(save, calls):
    save(".env", "A=1\nFLASK_DEBUG=1\n")
    app = App(__name__)

    app.run()

    assert app.debug and os.environ["A"] == "1"
    assert calls[0]["use_reloader"]


def test_app_that_is_run_may_leave_the_default_files(save, calls):
    save(".env", "A=1\nFLASK_DEBUG=1\n")
    app = App(__name__)

    app.run(load_dotenv=False)
    os.environ["FLASK_SKIP_DOTENV"] = "1"
    app.run()

    assert not app.debug and "A" not in os.environ


def test_argument_of_run_counts_more_than_the_variable(monkeypatch, calls):
    monkeypatch.setenv("FLASK_DEBUG", "1")
    app = App(__name__)
    assert app.debug

    app.run(debug=False)

    assert not app.debug and not calls[0]["use_reloader"]


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("wren.example:8000", ("wren.example", 8000)),
        ("wren.example", ("wren.example", 5000)),
        # a free one
        ("localhost:0", ("localhost", 0)),
    ],
)
def test_server_s_name_is_where_it_listens(calls, name, address):
    app = App(__name__)
    app.config["SERVER_NAME"] = name

    app.run()

    assert (calls[0]["hostname"], calls[0]["port"]) == address


def test_given_address_counts_more_than_the_server_s_name(calls):
    app = App(__name__)
    app.config["SERVER_NAME"] = "wren.example:8000"

    app.run(port=0)
    app.run("::1")

    first, second = ((call["hostname"], call["port"]) for call in calls)
    assert first == ("wren.example", 0) and second == ("::1", 8000)


def test_subclass_may_choose_the_first_settings():
    class Shop(App):
        def make_config(self, instance_relative=False):
            config = super().make_config(instance_relative)
            config["PRICE"] = 7
            return config

    app = Shop(__name__)

    assert app.config["PRICE"] == 7 and not app.debug


def test_subclass_may_choose_the_instance_folder(tmp_path):
    class Shop(App):
        def auto_find_instance_path(self):
            return str(tmp_path)

    app = Shop(__name__, instance_relative_config=True)

    assert app.instance_path == str(tmp_path)
    assert app.config.root_path == str(tmp_path)
