"""Where the command starts. It imports nothing of its own before it is called, so that starting other processes stays cheap."""

from __future__ import annotations

import atexit
import gc


def main() -> None:
    """Run the command line."""
    from tuiclu.cli import main as run

    # msgspec falls over structs that the interpreter collects, at its end, together with their classes
    atexit.register(gc.freeze)
    run()


if __name__ == "__main__":
    main()
