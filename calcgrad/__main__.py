"""python -m calcgrad, and the calcgrad command."""

from calcgrad.cli import main

if __name__ == "__main__":
    main()
