"""Where the command starts. It imports nothing of its own before it is called, so that starting other processes stays cheap."""

import sys


def main() -> None:
    """Run the command line."""
    from tuiclu.cli import main as run

    run()


def _leave_the_working_folder() -> None:
    """Import nothing from the working folder, where `python -m` looks first: a file `nodes.py` there is not ours."""
    ours = __file__.rpartition("/")[0].rpartition("/")[0]
    if not sys.flags.safe_path and sys.path and sys.path[0] != ours:
        del sys.path[0]


if __name__ == "__main__":
    _leave_the_working_folder()
    main()
