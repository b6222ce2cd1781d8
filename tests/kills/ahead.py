"""`beckon serve` whose system clock runs ahead by as many seconds as the file CLOCK_AHEAD names.

What waits for hours waits for a moment then. Only the system's clock is another one, as under
libfaketime; all of Beckon is as it is.
"""

import os
from datetime import datetime, timedelta
from pathlib import Path

from beckon import cli
from beckon.kit import clock

AHEAD = Path(os.environ["CLOCK_AHEAD"])  # noqa: TID251 - told by whoever starts this


class Later(datetime):
    """The type the system is asked for the time with, some hours on."""

    @classmethod
    def now(cls, tz=None):
        """Tell the time, and add what the file says."""
        return datetime.now(tz) + timedelta(seconds=float(AHEAD.read_text()))  # noqa: TID251 - likewise


if __name__ == "__main__":
    clock.datetime = Later
    cli.main()
