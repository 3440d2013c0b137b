"""What the runner and the destinations share, in three rooms: protocol, mapping, destination."""
