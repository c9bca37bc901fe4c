"""The one reader of pickles: it builds plain data, runs nothing, and cannot be made to work for long.

A pickle is a program for a small stack machine, and Python's own reader of it imports and calls whatever the program
names. The machine here knows the instructions that data needs, of protocols 2 to 5. It imports nothing: a name is
handed to the caller's `admit`, which answers with something that stands for it or refuses. It calls nothing but a
`Function` that `admit` gave out, and sets the state of nothing but a `Record`. So whatever a file asks for, the outcome
is made of numbers, text, lists, tuples, dicts, sets and what `admit` allows.

What a small file could blow up is bounded: instructions and text by a `Budget`, nesting by `MOST_DEPTH`, dict keys and
members of sets to text and small integers (hashing a nested tuple takes exponential time). Bytes are views of the file.
"""

import pickle
import struct
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass

MOST_DEPTH = 100
_LONGEST_LINE = 256


class Refused(Exception):  # noqa: N818  as the two are said: a file is refused, a file is damaged
    """The pickle asks for something that is not let in. The message says what, as a short noun phrase."""


class Damaged(Exception):  # noqa: N818
    """The bytes are no pickle, or a pickle cut short."""


@dataclass(frozen=True, eq=False)
class Function:
    """Something that a pickle may call: `make` gets the arguments that the pickle gives, checks them, returns data.

    `make` may go over the elements of its arguments once; what lies deeper in them is not counted.
    """

    make: Callable[..., object]


@dataclass(eq=False)
class Record:
    """What stands for an object whose class is not imported: the class's name, and what the pickle says of it."""

    name: str
    arguments: tuple[object, ...]
    state: object = None


Admit = Callable[[str, str], object]


def inert(module: str, name: str) -> Function:
    """Let in a class by its name alone: objects of it become records."""
    full_name = f"{module}.{name}"
    return Function(lambda *arguments: Record(full_name, arguments))


@dataclass
class Budget:
    """How many instructions may still be carried out, and how many bytes of text read; several readers may share it."""

    steps: int
    text: int

    def spend(self, steps: int = 0, text: int = 0) -> None:
        """Count what is done.

        Raises:
            Refused: there is nothing left.
        """
        self.steps -= steps
        self.text -= text
        if self.steps < 0 or self.text < 0:
            raise Refused("more instructions or text than such a file needs")


class PickleReader:
    """Reads pickles that stand one after the other.

    Attributes:
        position: where the next pickle begins.
    """

    def __init__(
        self, content: memoryview, admit: Admit, budget: Budget, persistent: Callable[[object], object] | None = None
    ) -> None:
        """Prepare reading.

        Args:
            content: of the whole file.
            admit: is given a module and a name in it, and returns what stands for it: a `Function`, or any value. It
                returns None for what is not let in.
            budget: of all pickles together.
            persistent: is given what the pickle says of an object that is stored outside, and returns the object.
        """
        self.position = 0
        self._content = content
        self._admit = admit
        self._budget = budget
        self._persistent = persistent

    def load(self) -> object:
        """Read the next pickle.

        Returns:
            What it holds: no cycles in it, and at most `MOST_DEPTH` containers inside one another. Bytes are
            memoryviews, where nothing was decoded of the file.

        Raises:
            Refused, Damaged
        """
        self._stack: list[object] = []
        self._below: list[list[object]] = []  # the stacks under each mark
        self._memo: dict[int, object] = {}
        try:
            result = self._run()
        except (TypeError, ValueError, LookupError, ArithmeticError, AttributeError, struct.error) as error:
            raise Damaged(type(error).__name__) from error
        _check_nesting(result)
        return result

    def _run(self) -> object:
        old = self._content[self.position : self.position + 1] != pickle.PROTO
        while True:
            self._budget.spend(steps=1)
            code = self.take(1)[0]
            if code == pickle.STOP[0]:
                break
            operation = _OPERATIONS.get(code)
            if operation is None and old:
                raise Refused("a pickle of protocol 0 or 1, or none (save it again with protocol 2 or later)")
            if operation is None:
                raise Refused(f"the instruction {code:#04x}, which data does not need")
            operation(self)
        if self._below or len(self._stack) != 1:
            raise Damaged("it stops half-way")
        return self._stack[0]

    def take(self, size: int) -> memoryview:
        """Return the next bytes and go past them."""
        end = self.position + size
        if end > len(self._content):
            raise Damaged("it is cut short")
        taken = self._content[self.position : end]
        self.position = end
        return taken

    def number(self, form: str) -> int:
        """Read one number in a form of `struct`."""
        value: int = struct.unpack(form, self.take(struct.calcsize(form)))[0]
        return value

    def _push_number(self, form: str) -> None:
        self._stack.append(self.number(form))

    def _push_long(self) -> None:
        self._stack.append(int.from_bytes(self.take(self.number("<B")), "little", signed=True))

    def _push_text(self, form: str) -> None:
        size = self.number(form)
        self._budget.spend(text=size)
        self._stack.append(str(self.take(size), "utf-8"))

    def _push_bytes(self, form: str) -> None:
        self._stack.append(self.take(self.number(form)))

    def _line(self) -> str:
        start = bytes(self._content[self.position : self.position + _LONGEST_LINE])
        size = start.find(b"\n")
        if size < 0:
            raise Damaged("a name does not end")
        self._budget.spend(text=size)
        self.position += size + 1
        return str(start[:size], "utf-8")

    def _mark(self) -> None:
        self._below.append(self._stack)
        self._stack = []

    def _since_mark(self) -> list[object]:
        items = self._stack
        self._stack = self._below.pop()
        return items

    def _push_tuple(self, size: int) -> None:
        if len(self._stack) < size:
            raise Damaged("an item is missing")
        items = tuple(self._stack[len(self._stack) - size :])
        del self._stack[len(self._stack) - size :]
        self._stack.append(items)

    def _push_marked_tuple(self) -> None:
        items = tuple(self._since_mark())
        self._stack.append(items)

    def _append(self, items: list[object]) -> None:
        target = self._stack[-1]
        if type(target) is not list:
            raise Damaged("items are added to something else than a list")
        target.extend(items)

    def _add(self, items: list[object]) -> None:
        target = self._stack[-1]
        if type(target) is not set:
            raise Damaged("members are added to something else than a set")
        target.update(checked_keys(items))

    def _set_items(self, items: list[object]) -> None:
        target = self._stack[-1]
        if not isinstance(target, dict) or len(items) % 2:
            raise Damaged("items are set in something else than a dict")
        target.update(zip(checked_keys(items[::2]), items[1::2], strict=True))

    def _put(self, index: int) -> None:
        self._memo[index] = self._stack[-1]

    def _get(self, form: str) -> None:
        self._stack.append(self._memo[self.number(form)])

    def _push_admitted(self, module: object, name: object) -> None:
        if not isinstance(module, str) or not isinstance(name, str):
            raise Damaged("a name is no text")
        module = "builtins" if module == "__builtin__" else module  # as Python 2 called it, and protocol 2 still does
        full_name = f"{module}.{name}"
        is_name = len(full_name) <= _LONGEST_LINE and all(part.isidentifier() for part in full_name.split("."))
        admitted = self._admit(module, name) if is_name else None
        if admitted is None:
            raise Refused(shortened(full_name))
        self._stack.append(admitted)

    def _push_named_on_stack(self) -> None:
        name, module = self._stack.pop(), self._stack.pop()
        self._push_admitted(module, name)

    def _call(self) -> None:
        arguments, function = self._stack.pop(), self._stack.pop()
        if not isinstance(function, Function) or type(arguments) is not tuple:
            raise Refused("a call of something that is no function")
        elements = (len(part) for part in arguments if isinstance(part, list | tuple | dict | set))
        self._budget.spend(steps=len(arguments) + sum(elements))
        self._stack.append(function.make(*arguments))

    def _build(self) -> None:
        state = self._stack.pop()
        target = self._stack[-1]
        if isinstance(target, Record) and target.state is None:
            target.state = state
        elif not isinstance(target, OrderedDict):  # a state dict's carries the versions of its modules, not needed here
            raise Refused(f"a state for a {type(target).__name__}")

    def _push_persistent(self) -> None:
        if self._persistent is None:
            raise Refused("an object that is stored outside of it")
        self._stack.append(self._persistent(self._stack.pop()))


def checked_keys(keys: list[object]) -> list[object]:
    """Return keys of a dict or members of a set, all of them text or integers of 32 bits.

    Raises:
        Refused: there are others among them; large integers can be chosen to have the same hash.
    """
    for key in keys:
        if type(key) is not str and not (type(key) is int and -(1 << 31) <= key < 1 << 31):
            raise Refused(f"a key that is no text (a {type(key).__name__})")
    return keys


def shortened(text: str) -> str:
    """Make text of a file fit to stand in a sentence: printable, in one line, at most 80 characters."""
    printable = "".join(letter if letter.isprintable() else "?" for letter in text[:81])
    return printable if len(text) <= 80 else f"{printable[:79]}…"


def _check_nesting(root: object) -> None:
    """Refuse a structure that contains itself or is very deep, on which a recursive reader would stumble."""
    heights: dict[int, int] = {}
    for container in _inner_first(root):
        # a part without a height is one that contains this container: a cycle, as good as endless
        below = [heights.get(id(part), MOST_DEPTH) for part in _containers(container)]
        heights[id(container)] = height = 1 + max(below, default=0)
        if height > MOST_DEPTH:
            raise Refused("data nested too deep")


def _inner_first(root: object) -> Iterator[object]:
    """Go over all containers once, each after those that it contains; a recursion would have no bound."""
    waiting = [(root, False)]
    seen: set[int] = set()
    while waiting:
        container, done = waiting.pop()
        if done:
            yield container
        elif id(container) not in seen:
            seen.add(id(container))
            waiting.append((container, True))
            waiting.extend((part, False) for part in _containers(container))


def _containers(container: object) -> Iterator[object]:
    parts: tuple[object, ...] = ()
    if isinstance(container, list | tuple):
        parts = tuple(container)
    elif isinstance(container, dict):
        parts = tuple(container.values())
    elif isinstance(container, Record):
        parts = (container.arguments, container.state)
    return (part for part in parts if isinstance(part, list | tuple | dict | Record))


def _with(method: Callable[..., None], *arguments: object) -> Callable[[PickleReader], None]:
    return lambda reader: method(reader, *arguments)


_R = PickleReader
_OPERATIONS: dict[int, Callable[[PickleReader], None]] = {
    code[0]: operation
    for code, operation in {
        pickle.PROTO: lambda reader: reader.take(1),
        pickle.FRAME: lambda reader: reader.take(8),
        pickle.NONE: lambda reader: reader._stack.append(None),
        pickle.NEWTRUE: lambda reader: reader._stack.append(True),
        pickle.NEWFALSE: lambda reader: reader._stack.append(False),
        pickle.BININT: _with(_R._push_number, "<i"),
        pickle.BININT1: _with(_R._push_number, "<B"),
        pickle.BININT2: _with(_R._push_number, "<H"),
        pickle.BINFLOAT: _with(_R._push_number, ">d"),
        pickle.LONG1: _R._push_long,
        pickle.SHORT_BINUNICODE: _with(_R._push_text, "<B"),
        pickle.BINUNICODE: _with(_R._push_text, "<I"),
        pickle.BINUNICODE8: _with(_R._push_text, "<Q"),
        pickle.SHORT_BINBYTES: _with(_R._push_bytes, "<B"),
        pickle.BINBYTES: _with(_R._push_bytes, "<I"),
        pickle.BINBYTES8: _with(_R._push_bytes, "<Q"),
        pickle.BYTEARRAY8: _with(_R._push_bytes, "<Q"),
        pickle.MARK: _R._mark,
        pickle.EMPTY_TUPLE: _with(_R._push_tuple, 0),
        pickle.TUPLE1: _with(_R._push_tuple, 1),
        pickle.TUPLE2: _with(_R._push_tuple, 2),
        pickle.TUPLE3: _with(_R._push_tuple, 3),
        pickle.TUPLE: _R._push_marked_tuple,
        pickle.EMPTY_LIST: lambda reader: reader._stack.append([]),
        pickle.APPEND: lambda reader: reader._append([reader._stack.pop()]),
        pickle.APPENDS: lambda reader: reader._append(reader._since_mark()),
        pickle.EMPTY_DICT: lambda reader: reader._stack.append({}),
        pickle.SETITEM: lambda reader: reader._set_items([reader._stack.pop(-2), reader._stack.pop()]),
        pickle.SETITEMS: lambda reader: reader._set_items(reader._since_mark()),
        pickle.EMPTY_SET: lambda reader: reader._stack.append(set()),
        pickle.ADDITEMS: lambda reader: reader._add(reader._since_mark()),
        pickle.BINPUT: lambda reader: reader._put(reader.number("<B")),
        pickle.LONG_BINPUT: lambda reader: reader._put(reader.number("<I")),
        pickle.MEMOIZE: lambda reader: reader._put(len(reader._memo)),
        pickle.BINGET: _with(_R._get, "<B"),
        pickle.LONG_BINGET: _with(_R._get, "<I"),
        pickle.GLOBAL: lambda reader: reader._push_admitted(reader._line(), reader._line()),
        pickle.STACK_GLOBAL: _R._push_named_on_stack,
        pickle.REDUCE: _R._call,
        pickle.NEWOBJ: _R._call,
        pickle.BUILD: _R._build,
        pickle.BINPERSID: _R._push_persistent,
    }.items()
}
