"""What devices said: the durable journal, and the store of fixes behind one port."""
