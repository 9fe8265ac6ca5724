"""`python -m tenon_client`: the command `tenon`."""

import sys

from .cli import main

sys.exit(main())
