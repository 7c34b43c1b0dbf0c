"""Print the part of requirements.lock that runs the console, without what only tests and checks it.

The lock says after each package who wants it («# via …»), so one lock serves both; hashes stay as they are.
"""

import re
import sys
import tomllib
from pathlib import Path
from typing import Any

NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]*")


def blocks(lock: str) -> dict[str, str]:
    """Package → its lines."""
    starts = [match.start() for match in re.finditer(r"^(?=[A-Za-z0-9])", lock, re.MULTILINE)]
    texts = [lock[start:end] for start, end in zip(starts, [*starts[1:], len(lock)], strict=True)]
    return {normal(text): text for text in texts}


def normal(requirement: str) -> str:
    """A requirement's name as the lock spells it."""
    found = NAME.match(requirement)
    assert found, requirement
    return re.sub(r"[-_.]+", "-", found[0]).lower()


def wanted_by(block: str) -> set[str]:
    """Who wants a package, from its «via» lines."""
    _, _, via = block.partition("# via")
    return {normal(word) for line in via.splitlines() for word in line.replace("#", " ").split()[:1]}


def needed(wanted: set[str], packages: dict[str, str]) -> set[str]:
    """`wanted` and all that they want."""
    more = {name for name, block in packages.items() if wanted_by(block) & wanted}
    return wanted if more <= wanted else needed(wanted | more, packages)


def runtime(project: dict[str, Any], lock: str) -> str:
    """The lines of the lock that an image needs: the program, and what installs it."""
    packages = blocks(lock)
    roots = {normal(word) for word in [*project["dependencies"], *project["optional-dependencies"]["build"]]}
    return "".join(packages[name] for name in sorted(needed(roots, packages)))


def main() -> None:
    """`python deploy/runtime_lock.py > runtime.lock`, beside pyproject.toml."""
    project = tomllib.loads(Path("pyproject.toml").read_text("utf-8"))["project"]
    sys.stdout.write(runtime(project, Path("requirements.lock").read_text("utf-8")))


if __name__ == "__main__":
    main()
