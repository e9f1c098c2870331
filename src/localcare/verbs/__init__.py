"""What the verbs of the command line do: each puts the rooms before it together in a module of
its own, from plain arguments to printed words. No computation lives here."""
