"""What is where, and what happened to it: the records that everything else reads and writes."""
