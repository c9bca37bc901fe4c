"""Nothing of the app or the commands asks at import for what only Unix has: they start on Windows and macOS too.

Windows itself was not at hand: here its missing modules and names are taken away.
"""

import subprocess
from pathlib import Path

from tests.warm import warm_python

ROOT = Path(__file__).parents[1]
_IMPORT_ALL = """
import builtins, os, pkgutil, signal, sys, types
MODULES = {"resource", "fcntl", "pwd", "grp", "termios", "tty", "pty"}
NAMES = {"SIGHUP", "SIGKILL", "SIGALRM", "SIGUSR1", "geteuid", "getuid", "O_DIRECTORY", "O_NOFOLLOW",
         "sched_getaffinity", "fork", "killpg", "getpgid", "setsid", "statvfs", "mkfifo"}
PACKAGES = ("data_cache", "models", "explainers", "evaluation", "ui", "app")
for name in [name for name in sys.modules if name.split(".")[0] in PACKAGES]:  # a warm Python has imported some
    del sys.modules[name]

def without(module):
    bare = types.ModuleType(module.__name__)
    bare.__dict__.update({name: value for name, value in vars(module).items() if name not in NAMES})
    return bare

bare, whole = {"os": without(os), "signal": without(signal)}, builtins.__import__

def importing(name, globals=None, *rest, **named):
    if (globals or {}).get("__name__", "").split(".")[0] in PACKAGES:
        if name in MODULES:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        if name in bare:
            return bare[name]
    return whole(name, globals, *rest, **named)

builtins.__import__ = importing
from importlib import import_module
count = 0
for package in ("data_cache", "models", "explainers", "evaluation", "ui"):
    root = import_module(package)
    for module in pkgutil.walk_packages(root.__path__, f"{package}."):
        if not module.name.endswith("__main__"):
            import_module(module.name)
            count += 1
import app
print(count)
"""


def test_every_module_is_imported_without_what_only_unix_has() -> None:
    done = subprocess.run([*warm_python(), "-c", _IMPORT_ALL], cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    assert int(done.stdout) > 250
