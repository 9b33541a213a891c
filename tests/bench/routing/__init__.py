"""Our search beside plain OR-Tools, VROOM and PyVRP on the same instances; all plans are driven again."""
