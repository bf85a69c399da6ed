"""python -m calcgrad, and the calcgrad command."""

import signal

# Until the command line listens itself: an interruption of what is loaded below would show a traceback.
if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, signal.SIG_DFL)

from calcgrad.cli import main

if __name__ == "__main__":
    main()
