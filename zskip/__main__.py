"""Run the command line as ``python -m zskip``."""

import sys

from zskip.cli import main

if __name__ == "__main__":
    sys.exit(main())
