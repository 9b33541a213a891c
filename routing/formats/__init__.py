"""Problems and plans as files: benchmark texts (Li & Lim, Solomon) and our own JSON."""
