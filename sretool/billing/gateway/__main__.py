"""python -m sretool.billing.gateway: the process that `serve` starts."""

import sys

from sretool.billing.gateway.server import main

sys.exit(main())
