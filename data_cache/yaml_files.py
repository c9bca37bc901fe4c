"""Reading settings that strangers wrote as YAML: plain values only, of bounded size."""

from pathlib import Path
from typing import Any

import yaml

from data_cache.bounded_files import refuse_special
from data_cache.errors import InputError

MAX_BYTES = 1 << 16  # a config has a thousandth of it; the parser takes seconds for a megabyte
_DEEPEST = 20  # levels of nesting


class _Twice(yaml.YAMLError):
    """A key that stands in a mapping already."""


class _PlainLoader(yaml.SafeLoader):
    """Without references, with which a short file can stand for an endless one, and without keys that stand twice."""

    depth = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        """Compose one node; a reference, or one level too many, is refused."""
        if self.check_event(yaml.events.AliasEvent):
            event = self.peek_event()
            raise yaml.composer.ComposerError(None, None, "a reference (*name)", event.start_mark)
        self.depth += 1
        if self.depth > _DEEPEST:
            raise yaml.composer.ComposerError(None, None, f"more than {_DEEPEST} levels", self.peek_event().start_mark)
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node

    def compose_mapping_node(self, anchor: Any) -> Any:
        """Compose a mapping; a key that stands in it already is refused, where PyYAML takes the last."""
        node = super().compose_mapping_node(anchor)
        seen: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value in seen:
                raise _Twice(f"{key.value[:60]!r} for the second time in line {key.start_mark.line + 1}")
            seen.add(key.value if isinstance(key, yaml.ScalarNode) else "")
        return node


def read_yaml(path: Path, what: str) -> dict[str, Any]:
    """Read a mapping of settings.

    Args:
        path: the file.
        what: what it should be, such as "a training config", for the sentence.

    Raises:
        InputError: there is no such file, or it is no YAML mapping with words as keys, without references.
    """
    refuse_special(path, what)
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InputError(f"Expected {what} of at most 64 KiB in {path.name}, found {path.stat().st_size:,} bytes.")
        content = yaml.load(path.read_text(encoding="utf-8"), _PlainLoader)
    except OSError as error:
        raise InputError(f"Expected {what} at {path}, found none ({error.strerror}); name a file.") from None
    except InputError:
        raise
    except _Twice as error:
        raise InputError(f"Expected each name once in {path.name}, found {error}; keep one of them.") from None
    except (yaml.YAMLError, ValueError) as error:
        where = " ".join(str(error).split())[:300]
        raise InputError(f"Expected YAML in {path.name}, found something else: {where}.") from None
    except Exception as error:  # on a value that is not what its tag says, PyYAML stumbles in any way there is
        found = f"{type(error).__name__}: {error}"[:300]
        raise InputError(f"Expected YAML in {path.name}, found a value that its tag does not fit ({found}).") from None
    if not isinstance(content, dict) or not all(isinstance(key, str) for key in content):
        raise InputError(f"Expected settings as `key: value` in {path.name}, found {type(content).__name__}.")
    return content
