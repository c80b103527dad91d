"""Set the book up on this machine, then run its command.

    python3 book.py read        read the book in your browser
    python3 book.py test        check everything that the book promises

The environment is `.venv` beside this file, filled from the locks in
`requirements/`. What a call finds done it leaves alone; what it finds broken or
half done it makes anew.

Standard library only. The file must parse on Python 3.6, so that an old Python
gets an answer and not a syntax error: no newer syntax above or below.
"""

import io
import os
import sys
from pathlib import Path

NEEDED = (3, 11)
WINDOWS = os.name == "nt"
ROOT = Path(__file__).resolve().parent
# an option that needs more than its verb does -> the lock for both
OPTIONS = {"--with-browser": "browser"}
# what makes a virtual environment, as arguments of the Python that it is for
MAKER = ("-I", "-m", "venv")
LOCKS = ("base", "read", "test", "notebook", "browser", "dev")
# variables that would lead our Python or pip somewhere else than to .venv
MISLEADING = (
    "PYTHONHOME",
    "PYTHONPATH",
    "PYTHONEXECUTABLE",
    "__PYVENV_LAUNCHER__",
    "PIP_TARGET",
    "PIP_PREFIX",
    "PIP_ROOT",
    "PIP_PYTHON",
)


class SetupError(Exception):
    """A reason to stop, told in a sentence that says what to do."""


def main(arguments: "list[str]") -> int:
    """Answer one call and return its exit code."""
    try:
        check_python()
        if not arguments or arguments[0] in ("-h", "--help"):
            print(overview())
            return 0
        if arguments[0] != "setup":
            check_verb(arguments[0])
        environment = Environment(ROOT, chosen_folder())
        environment.prepare(group_for(arguments))
        return 0 if arguments[0] == "setup" else launch(environment, arguments)
    except SetupError as reason:
        say(str(reason))
    except OSError as error:
        say(explain(error))
    except KeyboardInterrupt:
        say("Stopped: the same call goes on from here.")
        return 130
    return 1


def check_python() -> None:
    if sys.version_info < NEEDED:
        found = ".".join(map(str, sys.version_info[:3]))
        raise SetupError(
            "The book needs Python 3.11 or newer and this is Python "
            f"{found}: install one "
            "from https://www.python.org/downloads/ and call it by its name, such as "
            "`python3.13 book.py read`."
        )


def check_verb(verb: str) -> None:
    """Refuse a verb that has no module, before anything is installed for it."""
    folder = ROOT / "src" / "costrel" / "verbs"
    if verb.isidentifier() and (folder / f"{verb}.py").is_file():
        return
    from difflib import get_close_matches

    near = get_close_matches(verb, verbs(), 1)
    advice = (
        f"did you mean `{near[0]}`?" if near else f"there are {', '.join(verbs())}."
    )
    raise SetupError(f"There is no verb {verb!r}: {advice}")


def verbs() -> "dict[str, tuple[str, str]]":
    """Read the command's table, verb -> (lock, line), without running its imports."""
    import ast

    source = (ROOT / "src" / "costrel" / "cli.py").read_text(encoding="utf-8")
    for node in ast.parse(source).body:
        target = node.targets[0] if isinstance(node, ast.Assign) else None
        if isinstance(target, ast.Name) and target.id == "VERBS":
            return ast.literal_eval(node.value)
    raise SetupError("src/costrel/cli.py has no table VERBS: restore it with git.")


def overview() -> str:
    lines = [f"  {verb:9} {line}" for verb, (_, line) in verbs().items()]
    return "\n".join(
        [
            "Usage: python3 book.py VERB [ARGUMENTS]",
            "",
            "Makes .venv with what VERB needs (once), then runs `costrel VERB` in it.",
            "",
            *lines,
            "  setup     Only make .venv: with a name of requirements/, for that.",
            "",
            "`python3 book.py VERB --help` shows a verb with an example.",
            "To begin again, or with another Python, delete .venv.",
        ]
    )


def group_for(arguments: "list[str]") -> str:
    """Name the lock that a call needs; a verb's help needs only the command."""
    if arguments[0] == "setup":
        return known_group(arguments[1:] or ["base"])
    own = arguments[: arguments.index("--")] if "--" in arguments else arguments
    if "--help" in own:
        return "base"
    wanted = [OPTIONS[option] for option in own[1:] if option in OPTIONS]
    return wanted[0] if wanted else verbs()[arguments[0]][0]


def known_group(names: "list[str]") -> str:
    if len(names) == 1 and names[0] in LOCKS:
        return names[0]
    wanted = " ".join(names)
    raise SetupError(
        f"`setup {wanted}` isn't one of the locks: use one of {', '.join(LOCKS)}."
    )


def chosen_folder() -> Path:
    """Return the environment's path: COSTREL_VENV, or else `.venv`."""
    chosen = os.environ.get("COSTREL_VENV")
    return Path(chosen).resolve() if chosen else ROOT / ".venv"


class Environment:
    """The virtual environment, and the records that tell what is done in it."""

    def __init__(self, root: Path, folder: Path) -> None:
        self.root = root
        self.folder = folder
        # ours alone: a folder without it was made by someone else
        self.records = folder / "book"
        self.busy = self.records / "installing"
        self.programs = folder / ("Scripts" if WINDOWS else "bin")
        self.python = self.programs / ("python.exe" if WINDOWS else "python")
        self.command = self.programs / ("costrel.exe" if WINDOWS else "costrel")

    def prepare(self, group: str) -> None:
        """Bring the environment to the state that a group's lock describes."""
        if self.is_ready(group):
            return
        self.claim()
        with (self.records / "lock").open("a+b") as lock:
            wait_for_turn(lock)
            if not self.is_ready(group):
                self.repair(lock)
                self.install(group, lock)

    # What is done already

    def is_ready(self, group: str) -> bool:
        return self.command.exists() and not self.complaint() and self.has(group)

    def has(self, group: str) -> bool:
        """Return whether a group is installed; each of the others contains base."""
        names = LOCKS if group == "base" else (group, "dev")
        return any(read(self.records / name) == self.key(name) for name in names)

    def key(self, group: str) -> str:
        from hashlib import sha256

        files = (self.lock(group), self.root / "pyproject.toml")
        parts = [str(self.root).encode(), *(path.read_bytes() for path in files)]
        return sha256(b"\0".join(parts)).hexdigest()

    def lock(self, group: str) -> Path:
        return self.root / "requirements" / f"{group}.txt"

    def complaint(self) -> "str | None":
        """Say what is wrong with the environment, if anything is."""
        known = read(self.records / "python").splitlines()
        if self.busy.exists() or (self.python.exists() and not known):
            return "The last set-up did not come to its end"
        if known and known[0] != str(self.folder):
            return "The book was moved"
        if known and known != self.facts(known[-1]):
            return f"The Python of {self.folder.name} is gone or another one"
        return None

    def facts(self, base: str) -> "list[str]":
        """List what changes when the environment or its Python is replaced."""
        return [str(self.folder), real(self.python), real(Path(base))]

    # Making it

    def claim(self) -> None:
        """Mark a new folder as ours, or refuse one that is not."""
        if not self.records.is_dir() and self.is_taken():
            raise SetupError(
                f"{self.folder} was not made by book.py: move it away or delete it, "
                "or name another folder in COSTREL_VENV, then run this again."
            )
        self.records.mkdir(parents=True, exist_ok=True)

    def is_taken(self) -> bool:
        if not os.path.lexists(str(self.folder)):
            return False
        return not self.folder.is_dir() or any(self.folder.iterdir())

    def repair(self, lock: "io.BufferedRandom") -> None:
        """Make the environment, anew if there is something wrong with this one."""
        wrong = self.complaint()
        if wrong:
            say(f"{wrong}: making {self.folder.name} anew.")
        elif (self.records / "python").exists():
            return
        check_venv()
        self.clear()
        self.create(lock)

    def clear(self) -> None:
        """Remove everything but the lock, the records first: they say what holds."""
        for path in self.records.iterdir():
            if path.name != "lock":
                path.unlink()
        for path in self.folder.iterdir():
            if path != self.records:
                remove(path)

    def create(self, lock: "io.BufferedRandom") -> None:
        version = "{}.{}".format(*sys.version_info[:2])
        say(f"Making {self.folder.name} with Python {version} (once only) ...")
        base = getattr(sys, "_base_executable", None) or sys.executable
        if run([base, *MAKER, str(self.folder)], lock):
            raise SetupError(
                "Python could not make the environment, and says why above: fix that, "
                "then run this again."
            )
        write(self.records / "python", "\n".join(self.facts(real(Path(base)))))

    def install(self, group: str, lock: "io.BufferedRandom") -> None:
        """Install a group's packages, then the book itself, editable."""
        from time import monotonic

        began = monotonic()
        say(f"Installing requirements/{group}.txt (once only) ...")
        packages = ("--require-hashes", "-r", str(self.lock(group)))
        # a module is compiled when it is first imported; most never are
        self.pip(lock, "--no-compile", *packages)
        book = ("--no-build-isolation", "--no-deps", "--editable", str(self.root))
        self.pip(lock, *book)
        write(self.records / group, self.key(group))
        say(f"Ready after {monotonic() - began:.0f} s.")

    def pip(self, lock: "io.BufferedRandom", *arguments: str) -> None:
        command = [str(self.python), "-I", "-m", "pip", "install", "--quiet"]
        before = self.installed()
        write(self.busy, "")
        code = 1
        try:
            code = run([*command, "--no-input", *arguments], lock)
        finally:
            # pip downloads everything before it changes the environment
            if code == 0 or self.installed() == before:
                self.busy.unlink()
        if code:
            raise SetupError(
                "pip could not install the packages, and says why above: check the "
                "network (or the proxy and index in `pip config list`) and the space "
                "on the disk, then run this again."
            )

    def installed(self) -> "list[Path]":
        folder = "Lib/site-packages/*" if WINDOWS else "lib/python*/site-packages/*"
        return sorted(self.folder.glob(folder))


def wait_for_turn(lock: "io.BufferedRandom") -> None:
    """Wait until no other call changes the environment.

    The system ends a turn with the processes that have the lock's file open, so that
    none stays behind.
    """
    from time import sleep

    if not take_turn(lock):
        say("Another call is setting the book up: waiting for it ...")
    while not take_turn(lock):
        sleep(0.2)


def take_turn(lock: "io.BufferedRandom") -> bool:
    try:
        if WINDOWS:
            import msvcrt

            msvcrt.locking(lock.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    except OSError:
        # some network file systems have no locks: go on without
        return True
    return True


def run(command: "list[str]", lock: "io.BufferedRandom") -> int:
    """Run a program that changes the environment; its output is the reader's to see.

    It inherits the lock: should this process be killed, the next call waits until
    the program it started has ended as well.
    """
    inherited = {} if WINDOWS else {"pass_fds": (lock.fileno(),)}
    return call(command, clean_environment(), stdout=sys.stderr, **inherited)


def call(command: "list[str]", variables: "dict[str, str]", **options: object) -> int:
    """Run a program to its end: Ctrl-C reaches it too, and it may finish."""
    import subprocess

    process = subprocess.Popen(command, env=variables, **options)
    try:
        return process.wait()
    except KeyboardInterrupt:
        process.wait()
        raise


def clean_environment() -> "dict[str, str]":
    """Copy the environment without what would lead Python or pip astray."""
    kept = {name: os.environ[name] for name in os.environ if name not in MISLEADING}
    return dict(
        kept, PIP_USER="0", PIP_DISABLE_PIP_VERSION_CHECK="1", PYTHONNOUSERSITE="1"
    )


def launch(environment: Environment, arguments: "list[str]") -> int:
    """Run `costrel` in the environment: instead of this process where that works."""
    # -P: a file click.py in the reader's folder is not the library
    command = [str(environment.python), "-P", "-m", "costrel", *arguments]
    variables = clean_environment()
    # it tells the reader to type what works here
    variables["COSTREL_CALLED_BY"] = "\n".join([own_name(), str(ROOT / "book.py")])
    variables["VIRTUAL_ENV"] = str(environment.folder)
    programs = [str(environment.programs), variables.get("PATH", os.defpath)]
    variables["PATH"] = os.pathsep.join(programs)
    if not WINDOWS:
        sys.stdout.flush()
        os.execve(command[0], command, variables)
    return call(command, variables)


def own_name() -> str:
    """Return what the reader types for this Python: its name where that finds one."""
    from shutil import which

    name = Path(sys.executable).stem if WINDOWS else Path(sys.executable).name
    return name if which(name) else sys.executable


def check_venv() -> None:
    from importlib.util import find_spec

    if find_spec("venv") and find_spec("ensurepip"):
        return
    name = "python{}.{}-venv".format(*sys.version_info[:2])
    raise SetupError(
        "This Python comes without its module `venv` or `ensurepip`: on Debian and "
        f"Ubuntu run `sudo apt install {name}`, elsewhere install Python from "
        "https://www.python.org/downloads/, then run this again."
    )


def explain(error: OSError) -> str:
    import errno

    if error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", None)):
        return "The disk is full: free some space, and call again."
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return (
            f"{error.filename} can't be changed ({error.strerror}): get "
            "permission to write there, or copy the book to a folder of yours, and run "
            "this again."
        )
    return (
        f"The set-up failed ({error}): fix that, or delete .venv, then run this again."
    )


def real(path: Path) -> str:
    """Return where a program really is, so that another in its place is noticed."""
    return os.path.realpath(str(path)) if path.exists() else "gone"


def read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""


def write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


def remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        import shutil

        shutil.rmtree(str(path))
    else:
        path.unlink()


def say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
