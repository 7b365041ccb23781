"""The reliability loop for pipelines that move money."""
