"""Commands one after another, each in a fork of a process that has imported every module of the project.

    python -m tests.offline.steps FILE

FILE names what to do, as JSON: `modules` to import, and what to do `after`, by name the words that follow `python`.
FILE's folder gets NAME.calls, NAME.said and NAME.code of each, and modules.calls of the imports. In the end the process
itself becomes the app.
"""

import gc
import json
import os
import runpy
import sys
from importlib import import_module
from pathlib import Path

from tests.warm import end_after, frozen


def _fork(folder: Path, name: str, words: list[str]) -> None:
    """Do one step to its end, in a process that goes on from here as a new one would."""
    child = os.fork()
    if child:
        _, status = os.waitpid(child, 0)
        (folder / f"{name}.code").write_text(str(os.waitstatus_to_exitcode(status)))
        return
    os.environ["CALLS"] = str(folder / f"{name}.calls")
    said = os.open(folder / f"{name}.said", os.O_WRONLY | os.O_CREAT, 0o600)
    for stream in (1, 2):
        os.dup2(said, stream)
    end_after(lambda: _carry_out(name, words))


def _carry_out(name: str, words: list[str]) -> None:
    option, what, *arguments = words
    sys.argv[:] = [option, *arguments]
    if option == "-m":
        runpy.run_module(what, run_name="__main__", alter_sys=True)
    else:
        exec(compile(what, name, "exec"), {"__name__": "__main__"})


def main(file: Path) -> None:
    order = json.loads(file.read_text())
    os.environ["CALLS"] = str(file.parent / "modules.calls")
    gc.disable()  # until all is frozen: of what is imported nothing becomes garbage
    for module in order["modules"]:
        import_module(module)
    frozen()
    for name, words in order["after"].items():
        _fork(file.parent, name, words)
    os.environ["CALLS"] = str(file.parent / "app.calls")
    del sys.argv[1]
    runpy.run_path("app.py", run_name="__main__")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
