"""The command line: each command a few lines over the actions or the languages."""

import sys


def main() -> None:
    """Run the command that was given."""
    # What needs no store starts without everything a server is made of, ten times as fast.
    if sys.argv[1:2] == ["template"]:
        from beckon.cli import template  # noqa: PLC0415 - the reason stands above

        template.app(args=sys.argv[2:], prog_name="beckon template")
    else:
        from beckon.cli import store  # noqa: PLC0415 - likewise

        store.main()
