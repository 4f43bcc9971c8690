"""Sets up the project's environment on first use, then runs a task in it: `python3 scripts serve`.

Standard library only, and readable by old Pythons (no f-strings, no annotations), so that those too can
say in one sentence what is needed.
"""

from __future__ import print_function

import glob
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys

NEEDED = (3, 11)
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
RECORD = os.path.join(VENV, "kb-setup.json")
WINDOWS = os.name == "nt"
PROGRAMS = os.path.join(VENV, "Scripts" if WINDOWS else "bin")

KB_COMMANDS = (
    "build",
    "check",
    "due",
    "explain",
    "format",
    "import",
    "links",
    "new",
    "release",
    "render",
    "review",
    "rules",
    "schema",
    "serve",
    "suggest",
)
# Each lock holds all that those before it hold.
LOCK = {"serve": "requirements.txt", "test": "requirements-test.txt", "bench": "requirements-bench.txt"}
ORDER = ("serve", "test", "bench")
LIGHTHOUSE = ("tests/lighthouse/package.json", "tests/lighthouse/package-lock.json")
BENCHMARKS = {
    "bench": "tests.bench.builds",
    "bench-search": "tests.bench.search",
}
# Ctrl-C while modules are still being imported ends without a traceback; from then on kb sees to it. What is imported
# stays: to look for garbage among it would take a fifth of the start.
START_KB = """\
import gc, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
gc.disable()
from kb.cli import main
gc.freeze()
gc.enable()
signal.signal(signal.SIGINT, signal.default_int_handler)
main()
"""
HELP = """\
python3 scripts serve          show the site on this computer; it follows every saved change
python3 scripts test           check the code and run all tests (with arguments: run pytest with them, nothing else)
python3 scripts bench          measure builds beside other generators; `--help` says how to make it shorter
python3 scripts bench-search   measure the search beside others; `--help` says how to make it shorter
python3 scripts help           show this text

The other commands of kb work the same way: {others}.
`python3 scripts check --help` explains one. The first run of a task sets up the folder .venv.
On Windows type `py scripts serve`.""".format(others=", ".join(name for name in KB_COMMANDS if name != "serve"))

BROWSERS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "microsoft-edge",
    "microsoft-edge-stable",
    "msedge",
)
BROWSER_PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    "/snap/bin/chromium",
    r"%ProgramFiles%\Google\Chrome\Application\chrome.exe",
    r"%ProgramFiles(x86)%\Google\Chrome\Application\chrome.exe",
    r"%LocalAppData%\Google\Chrome\Application\chrome.exe",
    r"%ProgramFiles(x86)%\Microsoft\Edge\Application\msedge.exe",
    r"%ProgramFiles%\Microsoft\Edge\Application\msedge.exe",
)
INSTALL = {
    "browser": (
        ("apt-get", "sudo apt-get install -y --no-install-recommends chromium fonts-liberation"),
        ("dnf", "sudo dnf install -y chromium"),
        ("brew", "brew install --cask google-chrome"),
        ("winget", "winget install Google.Chrome"),
    ),
    "java": (
        ("apt-get", "sudo apt-get install -y --no-install-recommends default-jre-headless"),
        ("dnf", "sudo dnf install -y java-latest-openjdk-headless"),
        ("brew", "brew install --cask temurin"),
        ("winget", "winget install EclipseAdoptium.Temurin.21.JRE"),
    ),
    "driver": (
        ("apt-get", "sudo apt-get install -y --no-install-recommends libatomic1"),
        ("dnf", "sudo dnf install -y libatomic"),
    ),
}
OLDEST_JAVA = 11

# What installers print, in lower case, and the sentence it comes down to.
CAUSES = (
    (
        r"no space left on device|errno 28\b|not enough space on the disk|disk quota exceeded|os error 28\b",
        "The disk is full: make room (about 1 GB), then type the same line again.",
    ),
    (
        r"read-only file system|permission denied|access is denied|errno 13\b|errno 30\b",
        "This folder cannot be written to: copy the project to a folder of your own, or change its"
        " permissions, then type the same line again.",
    ),
    (
        r"do not match the hashes|hash mismatch|eintegrity",
        "A downloaded package is not the one that the lock names: nothing was installed. Try again on"
        " another network; if it stays so, tell the maintainers.",
    ),
    (
        r"name resolution|getaddrinfo|nodename nor servname|could not resolve|dns error|max retries"
        r"|newconnectionerror|connection (refused|reset|aborted)|network is unreachable|no route to host"
        r"|timed? ?out|proxyerror|tunnel connection failed|certificate_verify_failed|error sending request"
        r"|failed to fetch|econnrefused|econnreset",
        "The packages cannot be fetched: check the network connection (or the proxy), then type the same line again.",
    ),
)


class Stop(Exception):
    """The end of the run: one sentence for the person, and the exit code."""

    def __init__(self, sentence, code=1):
        Exception.__init__(self, sentence)
        self.code = code


def say(text):
    """Tell about the set-up on standard error: standard output belongs to the task."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


# --- the task -------------------------------------------------------------------------------------
def main(arguments):
    too_old = refusal(sys.version_info)
    if too_old:
        say(too_old)
        return 1
    task, rest = (arguments[0], arguments[1:]) if arguments else ("", [])
    if task in ("help", "--help", "-h"):
        print(HELP)
        return 0
    try:
        os.chdir(ROOT)
        if task == "test":
            return test(rest)
        if task in BENCHMARKS:
            return bench(BENCHMARKS[task], rest)
        if task in KB_COMMANDS:
            set_up("serve")
            return hand_over([task] + rest)
        raise Stop(unknown(task), 2)
    except Stop as stop:
        say(str(stop))
        return stop.code
    except KeyboardInterrupt:
        return 130
    except OSError as error:
        say(sentence(str(error)) or "Setting up failed: %s." % error)
        return 1


def refusal(version):
    """What to tell a Python that is too old; nothing otherwise."""
    if tuple(version[:2]) >= NEEDED:
        return None
    return (
        "Python %d.%d or newer is needed, and this is Python %d.%d: install a newer one, then name it,"
        " as in `python%d.%d scripts serve`." % (NEEDED + tuple(version[:2]) + NEEDED)
    )


def unknown(task):
    known = ", ".join(sorted(set(KB_COMMANDS) | set(BENCHMARKS) | {"help", "test"}))
    begin = "There is no command '%s'." % task if task else "Which command?"
    return "%s The commands are: %s. `python3 scripts help` explains them." % (begin, known)


def test(arguments):
    """Run every check, whatever the others found; pytest last, so that its verdict closes the output."""
    set_up("test")
    driver()
    wanted = environment(KB_CHROMIUM=browser())
    java()
    python = program("python")
    if arguments:
        return wait([python, "-m", "pytest"] + arguments, wanted)
    failed = []
    for name, command in (
        ("ruff check", [python, "-m", "ruff", "check"]),
        ("ruff format --check", [python, "-m", "ruff", "format", "--check"]),
        ("mypy", [python, "-m", "mypy"]),
        ("lint-imports", [program("lint-imports")]),
    ):
        announce(name)
        if wait(command, wanted):
            failed.append(name)
    announce("pytest" + (" (and mend what failed above: %s)" % ", ".join(failed) if failed else ""))
    return wait([python, "-m", "pytest", "-n", "auto", "--dist", "worksteal", "--cov"], wanted) or int(bool(failed))


def bench(module, arguments):
    """Run a benchmark: it needs what the tests need, without Java, and those that are measured beside."""
    set_up("bench")
    driver()
    return wait([program("python"), "-m", module] + arguments, environment(KB_CHROMIUM=browser()))


def announce(name):
    print("== " + name)
    sys.stdout.flush()


def wait(command, wanted):
    """Run a command to its end; it never outlives this one."""
    child = subprocess.Popen(command, env=wanted)
    try:
        return child.wait()
    except KeyboardInterrupt:
        child.wait()  # the same Ctrl-C reached it
        raise
    finally:
        end(child)


def end(child):
    if child.poll() is None:
        child.terminate()
        child.wait()


def hand_over(arguments):
    """Become kb, so that signals reach it; Windows has no such thing and waits."""
    command = [program("python"), "-P", "-c", START_KB] + arguments
    wanted = environment(KB_TYPED="py scripts" if WINDOWS else "python3 scripts")
    if WINDOWS:
        return wait(command, wanted)
    sys.stdout.flush()
    return os.execve(command[0], command, wanted)


def program(name):
    return os.path.join(PROGRAMS, name + ".exe" if WINDOWS else name)


def environment(**more):
    # Decided on 2026-11-28: Material's notice that it ends on 2027-05-05 is silenced, for whoever builds can do nothing
    # about it. How the project would move is in CONTRIBUTING.md, "Decisions". Look at this again on 2027-05-05.
    wanted = dict(os.environ, PYTHONUTF8="1", NO_MKDOCS_2_WARNING="1", VIRTUAL_ENV=VENV, **more)
    wanted["PATH"] = PROGRAMS + os.pathsep + os.environ.get("PATH", os.defpath)
    wanted.pop("PYTHONHOME", None)
    return wanted


# --- the environment ------------------------------------------------------------------------------
def set_up(task):
    """Make `.venv` fit the task. A record in it without stamps is a set-up cut short: start afresh."""
    stamp = fingerprint(task)
    record = recorded()
    stamps = record.get("stamps", []) if os.path.exists(program("python")) and is_ours(record) else []
    if stamp in stamps and os.path.exists(program("kb")):
        return
    uv = find_uv()
    say("Setting up .venv for this task: a minute or two, and only this once.")
    if (stamps or not record) and usable(uv):  # without a record somebody made it by hand
        keep_record([])
    else:
        make_venv(uv)
    # The lock is complete. Asked to resolve it again, older pips take `coverage[toml]` for another, unlocked package.
    install(uv, "--require-hashes", "--no-deps", "--requirement", LOCK[task])
    install(uv, "--no-deps", "--no-build-isolation", "--editable", ROOT)
    if task != "serve":
        install_lighthouse()
    keep_record(sorted(fingerprint(one) for one in ORDER[: ORDER.index(task) + 1]))


def is_ours(record):
    """Neither the project nor its Python moved since."""
    return (record.get("place"), record.get("python")) == (ROOT, version())


def find_uv():
    """The person's own uv; one inside `.venv` would vanish with it."""
    uv = shutil.which("uv")
    return uv if uv and not os.path.abspath(uv).startswith(VENV + os.sep) else None


def fingerprint(task):
    """What the environment of a task depends on, as one text."""
    content = hashlib.sha256(version().encode())
    names = ["pyproject.toml"] + [LOCK[one] for one in ORDER[: ORDER.index(task) + 1]]
    names.extend(LIGHTHOUSE if task != "serve" else ())
    for name in names:
        with open(os.path.join(ROOT, name), "rb") as file:
            content.update(hashlib.sha256(file.read()).digest())
    return content.hexdigest()


def version():
    return "%d.%d" % sys.version_info[:2]


def recorded():
    try:
        with open(RECORD) as file:
            record = json.load(file)
    except (OSError, ValueError):
        return {}
    return record if isinstance(record, dict) and isinstance(record.get("stamps"), list) else {}


def keep_record(stamps):
    """Without stamps the record says: begun, not finished."""
    new = RECORD + ".new"
    with open(new, "w") as file:
        json.dump({"place": ROOT, "python": version(), "stamps": stamps}, file)
    os.replace(new, RECORD)


def usable(uv):
    """The Python in `.venv` runs, is of this version, and can be installed into."""
    code = "import sys; print('%d.%d' % sys.version_info[:2])" + ("" if uv else "; import pip")
    return attempt([program("python"), "-c", code]).strip() == version()


def make_venv(uv):
    python = getattr(sys, "_base_executable", None) or sys.executable
    if not uv:
        need_venv(python)
    if os.path.lexists(VENV):
        try:
            shutil.rmtree(VENV)
        except OSError as error:
            raise Stop("The folder .venv is broken; delete it, then type the same line again (%s)." % error)
    os.mkdir(VENV)
    keep_record([])
    with_uv = [uv, "venv", "--quiet", "--allow-existing", "--python", python, VENV]
    run(with_uv if uv else [python, "-m", "venv", VENV])


def need_venv(python):
    try:
        import ensurepip  # noqa: F401 - Debian ships Python without it
        import venv  # noqa: F401 - likewise
    except ImportError:
        system = os.path.realpath("/usr/bin/python3") == os.path.realpath(python)
        package = "python3-venv" if system else "python%s-venv" % version()
        sudo = "" if may_install() else "sudo "
        raise Stop(
            "Python's venv is missing; type this, then the same line again:"
            " %sapt-get update && %sapt-get install -y %s" % (sudo, sudo, package)
        )


def may_install():
    return hasattr(os, "geteuid") and os.geteuid() == 0


def install(uv, *arguments):
    python = program("python")
    if uv:
        run([uv, "pip", "install", "--quiet", "--python", python] + list(arguments))
    else:
        pip = [python, "-m", "pip", "--quiet", "--disable-pip-version-check", "--no-input", "install"]
        run(pip + list(arguments))


def install_lighthouse():
    """Lighthouse comes from npm, as its own lock says, into the same folder. No package may run a script meanwhile."""
    place = os.path.join(VENV, "lighthouse")
    if not os.path.isdir(place):
        os.mkdir(place)
    for name in LIGHTHOUSE:
        shutil.copy(os.path.join(ROOT, name), place)
    run([program("npm"), "ci", "--prefix", place, "--ignore-scripts", "--no-audit", "--no-fund"])


def run(command):
    """Run an installer; its output matters only when it fails."""
    child = subprocess.Popen(command, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        output = child.communicate()[0].decode("utf-8", "replace")
    finally:
        end(child)
    if child.returncode:
        known = sentence(output)
        if not known:
            say("\n".join(output.splitlines()[-20:]))
        raise Stop(known or "Setting up failed, for the reason above, at: %s" % " ".join(command))


def sentence(output):
    for pattern, meaning in CAUSES:
        if re.search(pattern, output.lower()):
            return meaning
    return None


# --- what only the tests need: a browser, its driver and Java -----------------------------------------
def browser():
    """A browser that starts: the system's own, else Playwright's, else Debian's if we may install it."""
    found = find_browser() or playwright_browser()
    if not found:
        say("Fetching a browser for the tests, only this once.")
        attempt([program("python"), "-m", "playwright", "install", "chromium"])
        found = playwright_browser()
    if not found and apt_get("chromium", "fonts-liberation"):
        found = find_browser()
    if not found:
        raise Stop("The tests need Chromium, Chrome or Edge; type this, then the same line again: %s" % line("browser"))
    return found


def find_browser():
    named = [os.environ["KB_CHROMIUM"]] if os.environ.get("KB_CHROMIUM") else []
    on_path = [shutil.which(name) for name in BROWSERS]
    elsewhere = [os.path.expandvars(place) for place in BROWSER_PLACES]
    return next((path for path in named + on_path + elsewhere if path and starts(path)), None)


def playwright_browser():
    code = (
        "from playwright.sync_api import sync_playwright as start\n"
        "with start() as tool: print(tool.chromium.executable_path)"
    )
    path = attempt([program("python"), "-c", code]).strip()
    return path if path and starts(path) else None


def starts(path):
    """Whether it is a browser that runs here; Windows' would open a window on `--version`."""
    return os.path.isfile(path) and (WINDOWS or bool(attempt([path, "--version"])))


def driver():
    need("driver", "Playwright, which drives the browser, does not start", driver_starts, "libatomic1")


def driver_starts():
    """A bare Debian lacks a library that Playwright's own Node needs."""
    place = os.path.join(VENV, "lib", "*", "site-packages", "playwright", "driver", "node")
    return all(attempt([node, "--version"]) for node in glob.glob(place))


def java():
    why = "The tests need Java %d or newer for the HTML checker" % OLDEST_JAVA
    need("java", why, java_found, "default-jre-headless")


def java_found():
    """A real run: macOS has a `java` that only says where to buy one."""
    path = shutil.which("java")
    told = re.search(r'version "(\d+)', attempt([path, "-version"]) if path else "")
    return told is not None and int(told.group(1)) >= OLDEST_JAVA


def need(thing, why, found, package):
    """Make sure of something: it is there, or apt-get brings it, or the person is told how to get it."""
    if not found() and not (apt_get(package) and found()):
        raise Stop("%s; type this, then the same line again: %s" % (why, line(thing)))


def apt_get(*packages):
    """Install packages of the system, where that needs no password."""
    if not (may_install() and shutil.which("apt-get")):
        return False
    say("Installing for the tests, only this once: %s" % " ".join(packages))
    os.environ["DEBIAN_FRONTEND"] = "noninteractive"
    attempt(["apt-get", "update"])
    return bool(attempt(["apt-get", "install", "-y", "--no-install-recommends"] + list(packages)))


def attempt(command):
    """What a command printed, or nothing if it failed."""
    try:
        output = subprocess.check_output(command, env=environment(), stdin=subprocess.DEVNULL, stderr=subprocess.STDOUT)
    except (OSError, subprocess.CalledProcessError):
        return ""
    return output.decode("utf-8", "replace")


def line(thing):
    """The line to type on this system."""
    choices = INSTALL[thing]
    return next((typed for tool, typed in choices if shutil.which(tool)), choices[0][1])


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that a child in progress is ended too
    sys.exit(main(sys.argv[1:]))
