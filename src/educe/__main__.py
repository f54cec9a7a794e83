"""`python -m educe` is the command `educe`."""

from educe.cli import main

main()
