"""What step 18 promises about the commands of an app, its blueprints and extensions."""

import importlib.metadata
import platform

import click
import pytest
from step18_cli import (
    App,
    AppCliRunner,
    AppGroup,
    Blueprint,
    CommandLine,
    ScriptInfo,
    current_app,
    has_app_context,
    pass_script_info,
    with_appcontext,
)


@pytest.fixture
def app():
    return App("shop")


def called(app, *arguments, **options):
    """Call a command of an app; return what it printed."""
    result = app.test_cli_runner().invoke(args=arguments, **options)
    assert result.exit_code == 0, result.output
    return result.output


def test_function_becomes_a_command(app):
    @app.cli.command("ring")
    @click.argument("times", type=int)
    def ring(times):
        print("ding" * times)

    assert called(app, "ring", "2") == "dingding\n"


@pytest.mark.differs("Flask's decorator drops a function if it has no parentheses")
def test_command_needs_no_parentheses(app):
    @app.cli.command
    def ring():
        print("ding")

    assert called(app, "ring") == "ding\n"


def test_command_has_an_app_context(app):
    ended = []
    app.teardown_appcontext(ended.append)

    @app.cli.command("ring")
    def ring():
        print(current_app.name)

    assert called(app, "ring") == "shop\n"
    assert ended == [None] and not has_app_context()


def test_teardown_gets_a_command_s_error(app):
    ended = []
    app.teardown_appcontext(ended.append)

    @app.cli.command("ring")
    def ring():
        raise LookupError("no bell")

    result = app.test_cli_runner().invoke(args=["ring"])

    assert result.exception is ended[0] and not has_app_context()


def test_command_may_do_without_a_context(app):
    @app.cli.command("ring", with_appcontext=False)
    def ring():
        print(has_app_context())

    assert called(app, "ring") == "False\n"


def test_command_in_a_group_has_an_app_context(app):
    @app.cli.group("bells")
    def bells():
        """Look after the bells."""

    @bells.command("count")
    def count():
        print(current_app.name)

    assert isinstance(bells, AppGroup)
    assert called(app, "bells", "count") == "shop\n"


def test_group_can_be_made_alone(app):
    bells = AppGroup("bells")

    @bells.command("count")
    def count():
        print(current_app.name)

    app.cli.add_command(bells)

    assert called(app, "bells", "count") == "shop\n"


@pytest.mark.differs("Flask never awaits it, and its code doesn't run")
def test_async_command_is_refused(app):
    async def ring():
        raise NotImplementedError

    with pytest.raises(TypeError, match="async def"):
        app.cli.command("ring")(ring)
    with pytest.raises(TypeError, match="async def"):
        app.cli.command("ring", with_appcontext=False)(ring)


def test_click_s_own_command_gets_a_context(app):
    @click.command()
    @with_appcontext
    def ring():
        """Ring."""
        print(current_app.name)

    result = app.test_cli_runner().invoke(ring)

    assert result.output == "shop\n" and ring.help == "Ring."
    assert not has_app_context()


def test_context_that_is_there_is_used(app):
    other = App("other")

    @click.command()
    @with_appcontext
    def ring():
        print(current_app.name)

    with other.app_context():
        assert app.test_cli_runner().invoke(ring).output == "other\n"


def test_command_without_a_command_line_finds_the_app(save, run):
    save("app.py", "from step18_cli import App\napp = App('lonely')\n")

    @click.command()
    @with_appcontext
    def ring():
        print(current_app.name)

    assert run(ring).output == "lonely\n"


SHOP = """
import click
from step18_cli import App, current_app

app = App(__name__)

def check(ctx, option, value):
    print("checked in", current_app.name)

@app.cli.command("ring")
@click.option("--times", default=2, callback=check)
def ring(times):
    "Ring a bell."
    print("ding")

@app.cli.command("routes")
def routes():
    print("not this one")
"""


def test_app_s_command_is_called_by_the_command_line(save, command):
    save("shop.py", SHOP)

    said = command("--app", "shop", "ring")

    assert said.lines == ["checked in shop", "ding"]


def test_options_of_an_app_s_command_have_variables(save, command):
    save("shop.py", SHOP.replace('print("ding")', 'print("ding" * 3)'))

    said = command("--app", "shop", "ring", env={"FLASK_RING_TIMES": "x"})

    assert said.refused and "--times" in said.text


def test_own_commands_count_more_than_the_app_s(save, command):
    save("shop.py", SHOP)

    assert "not this one" not in command("--app", "shop", "routes").text


def test_unknown_command_is_named(save, command):
    save("shop.py", SHOP)

    said = command("--app", "shop", "sing")

    assert said.refused and "sing" in said.text


def test_unknown_command_of_a_broken_app_shows_the_error(save, command):
    save("shop.py", "import bells_that_nobody_has\n")

    said = command("--app", "shop", "ring")

    assert said.code > 0
    assert "bells_that_nobody_has" in said.text and "ring" in said.text


@pytest.mark.differs("Flask adds that there's no such command, which nobody can know")
@pytest.mark.parametrize("code", [None, "import bells_that_nobody_has\n"])
def test_without_an_app_no_command_is_called_unknown(save, command, code):
    if code is not None:
        save("shop.py", code)

    said = command("--app", "shop", "ring")

    assert said.code == 2 and said.text.count("Error: ") == 1 + bool(code)
    assert "No such command" not in said.text and "'ring'" in said.text
    assert ("bells_that_nobody_has" if code else "'shop'") in said.text


@pytest.mark.differs("Flask adds that there's no such command, which nobody can know")
def test_typo_in_our_own_command_is_named_without_an_app(command):
    said = command("rnu")

    assert said.code == 2 and said.text.count("Error: ") == 1
    assert "No such command" not in said.text
    assert "'rnu'" in said.text and "'run'" in said.text and "--app" in said.text


@pytest.mark.differs("Flask's shows the error in the line that's being typed")
@pytest.mark.parametrize("words", ["wren ", "wren ring "])
def test_tab_key_says_nothing_without_an_app(save, run, words):
    save("app.py", "import bells_that_nobody_has\n")
    wanted = {"COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}

    said = run(
        CommandLine(),
        prog_name="wren",
        env={"_WREN_COMPLETE": "bash_complete"} | wanted,
    )

    assert said.stderr == "" and "plain,routes" in said.stdout


def test_versions_are_told(command):
    said = command("--version")

    assert said.code == 0 and platform.python_version() in said.text
    assert importlib.metadata.version("werkzeug") in said.text


# ---- blueprints


def bells(**options):
    blueprint = Blueprint("bells", __name__, **options)

    @blueprint.cli.command("count")
    def count():
        print("three in", current_app.name)

    return blueprint


def test_blueprint_s_commands_are_a_group(app):
    app.register_blueprint(bells())

    assert called(app, "bells", "count") == "three in shop\n"


def test_group_of_a_blueprint_has_the_name_it_is_given(app):
    app.register_blueprint(bells(cli_group="tower"))
    app.register_blueprint(bells(cli_group="tower"), name="b", cli_group="church")

    assert called(app, "tower", "count") == "three in shop\n"
    assert called(app, "church", "count") == "three in shop\n"
    assert "bells" not in app.cli.commands


def test_blueprint_without_a_group_adds_to_the_app_s_commands(app):
    app.register_blueprint(bells(cli_group=None))

    assert called(app, "count") == "three in shop\n"


def test_group_has_the_name_of_the_registration(app):
    blueprint = bells()
    app.register_blueprint(blueprint)
    app.register_blueprint(blueprint, name="horns")

    assert called(app, "bells", "count") == called(app, "horns", "count")


def test_blueprint_without_commands_has_no_group(app):
    app.register_blueprint(Blueprint("bells", __name__))

    assert not app.cli.commands


def test_nested_blueprint_has_commands(app):
    outer = Blueprint("outer", __name__)
    outer.register_blueprint(bells())
    app.register_blueprint(outer)

    assert called(app, "outer.bells", "count") == "three in shop\n"


# ---- the runner, and what knows the app


def test_runner_calls_the_app_s_commands_alone(app):
    result = app.test_cli_runner().invoke(args=["routes"])

    assert result.exit_code > 0 and "routes" in result.output


def test_runner_gives_another_command_the_app(app):
    @click.command()
    @pass_script_info
    def ring(info):
        print(info.load_app() is app)

    assert app.test_cli_runner().invoke(ring).output == "True\n"


def test_runner_gives_the_command_line_the_app(app):
    result = app.test_cli_runner().invoke(CommandLine(), ["routes"])

    assert result.exit_code == 0 and "/static" in result.output


def test_runner_is_of_the_class_that_the_app_names(app):
    class Runner(AppCliRunner):
        def __init__(self, app, loud=False, **options):
            super().__init__(app, **options)
            self.loud = loud

    app.test_cli_runner_class = Runner

    runner = app.test_cli_runner(loud=True, env={"A": "1"})

    assert runner.loud and runner.app is app and runner.env == {"A": "1"}


def test_script_makes_its_app_once():
    made = []

    def create_app():
        made.append(App("shop"))
        return made[-1]

    info = ScriptInfo(create_app=create_app)

    assert info.load_app() is info.load_app() is made[0]


def test_script_finds_its_app_by_an_import_string(save):
    save("shop.py", SHOP)

    assert ScriptInfo("shop:app").load_app().name == "shop"


def test_script_carries_data(app):
    info = ScriptInfo(create_app=lambda: app)
    info.data["bells"] = 3

    @app.cli.command("count")
    @pass_script_info
    def count(info):
        print(info.data["bells"])

    assert called(app, "count", obj=info) == "3\n"


def test_script_may_leave_the_debug_mode_alone():
    app = App("shop")
    app.debug = True

    assert ScriptInfo(create_app=lambda: app, set_debug_flag=False).load_app().debug
    assert not ScriptInfo(create_app=lambda: app).load_app().debug


def test_script_knows_whether_default_files_are_read(monkeypatch):
    assert ScriptInfo().load_dotenv_defaults
    assert not ScriptInfo(load_dotenv_defaults=False).load_dotenv_defaults
    monkeypatch.setenv("FLASK_SKIP_DOTENV", "1")
    assert not ScriptInfo().load_dotenv_defaults


# ---- a command of one's own


def own_command(**options):
    def create_app():
        app = App("shop")
        app.cli.command("ring")(lambda: print("ding, debug", app.debug))
        return app

    return CommandLine(name="wren", create_app=create_app, **options)


def test_command_of_an_app_needs_no_name_of_it(run):
    assert run(own_command(), "ring").output == "ding, debug False\n"
    assert "/static" in run(own_command(), "routes").output
    assert "ring" in run(own_command()).output


def test_default_commands_and_version_may_be_left_out(run):
    cli = own_command(add_default_commands=False, add_version_option=False)

    said = run(cli, "--help").output

    assert "ring" in said and "routes" not in said and "--version" not in said


def test_command_may_have_options_of_its_own(run):
    @click.group(cls=CommandLine, create_app=lambda: App("shop"))
    @click.option("--loud", is_flag=True)
    def wren(loud):
        """Look after Wren."""
        print("loud", loud)

    result = run(wren, "--loud", "routes")

    assert result.output.startswith("loud True") and "/static" in result.output
    assert wren.help == "Look after Wren."


def test_command_may_have_variables_of_its_own(monkeypatch, calls, run):
    cli = own_command(context_settings={"auto_envvar_prefix": "WREN"})

    run(cli, "run", env={"WREN_RUN_PORT": "7"})

    assert calls[0]["port"] == 7


def test_command_may_do_without_any_argument(run):
    cli = own_command(invoke_without_command=True)

    assert run(cli).output == ""


def test_command_may_leave_the_default_files(save, run):
    save(".env", "FLASK_DEBUG=1\n")
    assert "debug False" in run(own_command(load_dotenv=False), "ring").output
    assert "debug True" in run(own_command(), "ring").output


def test_command_may_do_without_help(run):
    cli = own_command(add_help_option=False)

    assert run(cli, "--help").exit_code > 0
    assert run(cli, "ring").exit_code == 0


def test_command_in_another_app_s_context_has_its_own(app, run):
    cli = CommandLine(create_app=lambda: app)
    app.cli.command("ring")(lambda: print(current_app.name))

    with App("other").app_context():
        assert run(cli, "ring").output == "shop\n"
    with app.app_context():
        assert run(cli, "ring").output == "shop\n"


# ---- commands that extensions bring

PLUGIN = """
import click

@click.command()
def tune():
    "Tune a bell."
    print("tuned")
"""


@pytest.fixture
def installed(save, monkeypatch, tmp_path):
    """Return a function that installs an extension with a command."""
    monkeypatch.syspath_prepend(tmp_path / "here")

    def install(code):
        save("tuning.py", code)
        save("tuning-1.0.dist-info/METADATA", "Name: tuning\nVersion: 1.0\n")
        entry = "[flask.commands]\ntune = tuning:tune\n"
        save("tuning-1.0.dist-info/entry_points.txt", entry)
        importlib.invalidate_caches()

    return install


def test_extension_brings_a_command(installed, command):
    installed(PLUGIN)

    assert "tuned" in command("tune").lines
    assert "Tune a bell." in command("--help").text


@pytest.mark.differs("Flask shows a traceback, whichever command is called")
def test_broken_extension_is_named(installed, command, save):
    installed("import bells_that_nobody_has\n")
    save("app.py", SHOP)

    said = command("tune")

    assert said.refused and "tuning" in said.text
    assert said.text.count("Error: ") == 1 and "No such command" not in said.text
    assert command("ring").code == 0


@pytest.mark.differs("Flask shows a traceback, and no help")
def test_help_is_there_in_spite_of_a_broken_extension(installed, command):
    installed("import bells_that_nobody_has\n")

    said = command("--help")

    assert said.code == 0 and "routes" in said.text and "tuning" in said.text
