"""The command line: words in, words out. Everything it does is done in the rooms before it."""

from localcare.cli import modelling, papers, planning, uncertainty
from localcare.cli.group import cli, main

__all__ = ["cli", "main", "modelling", "papers", "planning", "uncertainty"]
