"""Where the command starts. It imports nothing of its own before it is called, so that starting other processes stays cheap."""

import sys


def main() -> None:
    """Run the command line."""
    import signal

    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # as long as nothing has begun, nothing has to be ended
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
