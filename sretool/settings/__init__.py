"""What holds for a whole repository: sretool.yaml and catalog.yaml. `find` and `read` of each module do the IO."""
