#!/usr/bin/env python3
"""Sổ Khách from a fresh clone. Needs Python 3.11 or newer and nothing else.

python3 dev.py demo [--port 8000] [--customers 2000] [--reset]
    The application with demo data, on a database of its own. Ctrl+C stops it; the data stays.

python3 dev.py test [--only-tests] [--all] [pytest arguments]
    Every static check and every test. --only-tests leaves out the static checks;
    --all repeats the tests on Debian's PostgreSQL 15, as CI does.

python3 dev.py manage COMMAND ...
    Django's manage.py, in the environment that this script keeps in .venv.
"""

import os
import sys

OLDEST = (3, 11)


def main(arguments: "list[str]") -> int:
    # This file stays readable for old versions of Python, so that they can say what is wrong.
    if sys.version_info < OLDEST:
        version = ".".join(str(part) for part in sys.version_info[:3])
        print(f"Sổ Khách needs Python 3.11 or newer; {sys.executable} is {version}.", file=sys.stderr)
        return 1
    if os.name != "posix":
        print("Sổ Khách runs on Linux and macOS. On Windows, use WSL.", file=sys.stderr)
        return 1
    from crm.devtools import cli

    return cli.main(arguments, help_text=__doc__ or "")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
