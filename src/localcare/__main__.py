"""`python -m localcare`: the command line."""

from localcare.cli import main

main()
