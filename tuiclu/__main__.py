"""Where the command starts. It imports nothing of its own before it is called, so that starting other processes stays cheap."""

from __future__ import annotations


def main() -> None:
    """Run the command line."""
    from tuiclu.cli import main as run

    run()


if __name__ == "__main__":
    main()
