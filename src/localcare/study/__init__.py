"""What runs many: comparisons, their labelled results and manifests, and the checks of a model."""
