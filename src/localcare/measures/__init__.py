"""Dataset in, Dataset out: what planners ask of a run."""
