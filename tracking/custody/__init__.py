"""The timeline of each serial: every hand-over, chained so that a change behind our back is found."""
